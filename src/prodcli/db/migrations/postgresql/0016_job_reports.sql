-- What jobs report of themselves when they end, and what the books still have to learn of ended jobs.
-- step
ALTER TABLE production_claims
    ADD COLUMN IF NOT EXISTS reports int NOT NULL DEFAULT 0, ADD COLUMN IF NOT EXISTS registers int NOT NULL DEFAULT 0
-- step
CREATE TABLE IF NOT EXISTS production_due (
    dbid int NOT NULL, attempt int NOT NULL, what text NOT NULL CHECK (what IN ('report', 'output')),
    since timestamptz NOT NULL, due timestamptz NOT NULL, PRIMARY KEY (dbid, attempt, what))
-- step
CREATE INDEX IF NOT EXISTS production_due_next ON production_due (what, due)
-- step
CREATE TABLE IF NOT EXISTS production_reports (
    dbid int NOT NULL, attempt int NOT NULL, start int, began timestamptz, ended timestamptz, exit_code int, signal int,
    user_cpu float8, sys_cpu float8, wall float8, memory_kb bigint, disk_kb bigint, events_in bigint, events_out bigint,
    bytes_in bigint, bytes_out bigint, cpu text, cores int, os text, site text, host text, address text, quality text,
    messages int NOT NULL, outputs int NOT NULL, staged int NOT NULL, read timestamptz NOT NULL, PRIMARY KEY (dbid, attempt))
-- step
CREATE TABLE IF NOT EXISTS production_phases (
    dbid int NOT NULL, attempt int NOT NULL, number int NOT NULL, name text NOT NULL, began timestamptz, wall float8,
    user_cpu float8, sys_cpu float8, memory_kb bigint, PRIMARY KEY (dbid, attempt, number))
-- step
CREATE TABLE IF NOT EXISTS production_messages (
    dbid int NOT NULL, attempt int NOT NULL, number int NOT NULL, at timestamptz, level text NOT NULL, text text NOT NULL,
    PRIMARY KEY (dbid, attempt, number))
-- step
CREATE TABLE IF NOT EXISTS production_report_outputs (
    dbid int NOT NULL, attempt int NOT NULL, lfn text NOT NULL, staged text, events bigint, first bigint, last bigint, md5 text,
    size bigint, ctime bigint, code int NOT NULL, PRIMARY KEY (dbid, attempt, lfn))
