-- What jobs report of themselves when they end, and what the books still have to learn of ended jobs.
-- step unless column production_claims.reports
ALTER TABLE production_claims ADD COLUMN reports integer NOT NULL DEFAULT 0
-- step unless column production_claims.registers
ALTER TABLE production_claims ADD COLUMN registers integer NOT NULL DEFAULT 0
-- step
CREATE TABLE IF NOT EXISTS production_due (
    dbid integer NOT NULL, attempt integer NOT NULL, what text NOT NULL CHECK (what IN ('report', 'output')),
    since text NOT NULL, due text NOT NULL, PRIMARY KEY (dbid, attempt, what))
-- step
CREATE INDEX IF NOT EXISTS production_due_next ON production_due (what, due)
-- step
CREATE TABLE IF NOT EXISTS production_reports (
    dbid integer NOT NULL, attempt integer NOT NULL, start integer, began text, ended text, exit_code integer, signal integer,
    user_cpu real, sys_cpu real, wall real, memory_kb integer, disk_kb integer, events_in integer, events_out integer,
    bytes_in integer, bytes_out integer, cpu text, cores integer, os text, site text, host text, address text, quality text,
    messages integer NOT NULL, outputs integer NOT NULL, staged integer NOT NULL, read text NOT NULL, PRIMARY KEY (dbid, attempt))
-- step
CREATE TABLE IF NOT EXISTS production_phases (
    dbid integer NOT NULL, attempt integer NOT NULL, number integer NOT NULL, name text NOT NULL, began text, wall real,
    user_cpu real, sys_cpu real, memory_kb integer, PRIMARY KEY (dbid, attempt, number))
-- step
CREATE TABLE IF NOT EXISTS production_messages (
    dbid integer NOT NULL, attempt integer NOT NULL, number integer NOT NULL, at text, level text NOT NULL, text text NOT NULL,
    PRIMARY KEY (dbid, attempt, number))
-- step
CREATE TABLE IF NOT EXISTS production_report_outputs (
    dbid integer NOT NULL, attempt integer NOT NULL, lfn text NOT NULL, staged text, events integer, first integer, last integer, md5 text,
    size integer, ctime integer, code integer NOT NULL, PRIMARY KEY (dbid, attempt, lfn))
