-- The books: tables that existing tools share, and prodcli's own beside them.
-- step
CREATE TABLE IF NOT EXISTS production_jobs (
    id integer PRIMARY KEY AUTOINCREMENT, clusterid integer, procid integer, rulename text NOT NULL, tag text NOT NULL,
    dataset text NOT NULL, dsttype text NOT NULL, filename text, runnumber integer NOT NULL, segment integer,
    status text CHECK (status IN ('submitting', 'submitted', 'started', 'running', 'held', 'evicted', 'failed', 'finished')),
    submitted text DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), started text, finished text,
    remoteusercpu real, remotesyscpu real, memoryusage integer, memoryprovisioned integer, diskusage integer,
    exitcode integer, jobstarts integer, submission_host text, execution_node text, log text, err text, out text,
    intriplet text, indsttype_str text, xferslots integer, request_memory text, request_disk integer,
    request_cpus integer, neventsper integer, eventsinrun integer, maxjobsexpected integer)
-- step unless column production_jobs.schedd
ALTER TABLE production_jobs ADD COLUMN schedd text
-- step unless column production_jobs.claim_id
ALTER TABLE production_jobs ADD COLUMN claim_id text
-- step unless column production_jobs.attempt
ALTER TABLE production_jobs ADD COLUMN attempt integer NOT NULL DEFAULT 1
-- step unless column production_jobs.substatus
ALTER TABLE production_jobs ADD COLUMN substatus text NOT NULL DEFAULT ''
-- step
CREATE TABLE IF NOT EXISTS production_claims (
    id text PRIMARY KEY, host text NOT NULL, pid integer NOT NULL, boot_id text NOT NULL, process_start text NOT NULL,
    started text NOT NULL, lease_until text NOT NULL, schedd text NOT NULL, batch_name text NOT NULL, memory_asked integer NOT NULL, rule text NOT NULL,
    n integer NOT NULL, state text NOT NULL CHECK (state IN ('claimed', 'submitted', 'released')), folder text NOT NULL)
-- step
CREATE INDEX IF NOT EXISTS production_claims_open ON production_claims (id) WHERE state = 'claimed'
-- step
CREATE TABLE IF NOT EXISTS production_attempts (
    dbid integer NOT NULL, attempt integer NOT NULL, step integer NOT NULL DEFAULT 0, claim_id text, schedd text,
    clusterid integer, procid integer, memory_asked integer, memory_used integer, node text, started text, finished text,
    exit_code integer, hold_reason text, hold_code integer, hold_subcode integer, status text,
    substatus text NOT NULL DEFAULT '', entered text, filename text, PRIMARY KEY (dbid, attempt, step))
-- step
CREATE TABLE IF NOT EXISTS production_harvest (schedd text PRIMARY KEY, cursor text NOT NULL, harvested text NOT NULL)
-- step
CREATE TABLE IF NOT EXISTS production_missing (
    dbid integer NOT NULL, attempt integer NOT NULL, first_missed text NOT NULL, PRIMARY KEY (dbid, attempt))
-- step
CREATE TABLE IF NOT EXISTS production_overview (
    id integer PRIMARY KEY AUTOINCREMENT, tag text NOT NULL,
    production_type text NOT NULL, active integer NOT NULL DEFAULT 0,
    display_name text, priority integer, started_at text, expected_end text, notes text,
    registered_at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), UNIQUE (tag, production_type))
-- step
CREATE TABLE IF NOT EXISTS production_dsttypes (prefix text PRIMARY KEY, production_type text NOT NULL)
-- step
CREATE TABLE IF NOT EXISTS production_unknown_dsttypes (
    dsttype text PRIMARY KEY, tag text NOT NULL, first_seen text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))
-- step
CREATE TRIGGER IF NOT EXISTS prodcli_register_overview AFTER INSERT ON production_jobs BEGIN
  INSERT INTO production_overview (tag, production_type)
  SELECT NEW.tag, t.production_type FROM production_dsttypes t
  WHERE (NEW.dsttype = t.prefix OR substr(NEW.dsttype, 1, length(t.prefix) + 1) = t.prefix || '_')
    AND NOT EXISTS (SELECT 1 FROM production_overview o WHERE o.tag = NEW.tag AND o.production_type = t.production_type);
  INSERT INTO production_unknown_dsttypes (dsttype, tag)
  SELECT NEW.dsttype, NEW.tag
  WHERE NOT EXISTS (SELECT 1 FROM production_dsttypes t
                    WHERE NEW.dsttype = t.prefix OR substr(NEW.dsttype, 1, length(t.prefix) + 1) = t.prefix || '_')
    AND NOT EXISTS (SELECT 1 FROM production_unknown_dsttypes u WHERE u.dsttype = NEW.dsttype);
END
