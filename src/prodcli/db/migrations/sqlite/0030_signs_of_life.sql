-- What running jobs show of life, how long each may show none, and the quality results that jobs report.
-- step unless column production_claims.quiet_cpu
ALTER TABLE production_claims ADD COLUMN quiet_cpu integer
-- step unless column production_claims.quiet_events
ALTER TABLE production_claims ADD COLUMN quiet_events integer
-- step unless column production_claims.quiet_output
ALTER TABLE production_claims ADD COLUMN quiet_output integer
-- step unless column production_claims.quality
ALTER TABLE production_claims ADD COLUMN quality text
-- step
CREATE TABLE IF NOT EXISTS production_signs (
    dbid integer NOT NULL, attempt integer NOT NULL, entered text NOT NULL, seen text NOT NULL,
    cpu real, cpu_at text, events integer, events_total integer, events_at text,
    output integer, output_at text, stalled text NOT NULL DEFAULT '', PRIMARY KEY (dbid, attempt))
-- step
CREATE TABLE IF NOT EXISTS production_quality (
    dbid integer NOT NULL, attempt integer NOT NULL, name text NOT NULL, value real, word text, PRIMARY KEY (dbid, attempt, name))
