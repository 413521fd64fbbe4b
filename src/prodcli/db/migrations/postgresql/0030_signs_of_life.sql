-- What running jobs show of life, how long each may show none, and the quality results that jobs report.
-- step
ALTER TABLE production_claims
    ADD COLUMN IF NOT EXISTS quiet_cpu int, ADD COLUMN IF NOT EXISTS quiet_events int,
    ADD COLUMN IF NOT EXISTS quiet_output int, ADD COLUMN IF NOT EXISTS quality text
-- step
CREATE TABLE IF NOT EXISTS production_signs (
    dbid int NOT NULL, attempt int NOT NULL, entered timestamptz NOT NULL, seen timestamptz NOT NULL,
    cpu float8, cpu_at timestamptz, events bigint, events_total bigint, events_at timestamptz,
    output bigint, output_at timestamptz, stalled text NOT NULL DEFAULT '', PRIMARY KEY (dbid, attempt))
-- step
CREATE TABLE IF NOT EXISTS production_quality (
    dbid int NOT NULL, attempt int NOT NULL, name text NOT NULL, value float8, word text, PRIMARY KEY (dbid, attempt, name))
