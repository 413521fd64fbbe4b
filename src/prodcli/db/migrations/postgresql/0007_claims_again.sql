-- What rows were before a claim took them again; they are put back if it is given up. And outputs that an action is about.
-- step
CREATE TABLE IF NOT EXISTS production_taken (
    claim_id text NOT NULL, dbid int NOT NULL, attempt int NOT NULL, attempt_state text NOT NULL, status prodstate,
    substatus text NOT NULL, schedd text, clusterid bigint, procid int, old_claim text, rulename text, tag text, dataset text,
    dsttype text, submission_host text, log text, err text, out text, intriplet text, indsttype_str text, xferslots int,
    request_memory int[], request_disk int, request_cpus int, neventsper int, eventsinrun int, maxjobsexpected int, mask text,
    PRIMARY KEY (claim_id, dbid))
-- step
CREATE TABLE IF NOT EXISTS production_action_outputs (
    action_id text NOT NULL, filename text NOT NULL, dbid int, attempt int, status text, PRIMARY KEY (action_id, filename))
-- step
CREATE INDEX IF NOT EXISTS production_action_outputs_filename ON production_action_outputs (filename)
-- step
CREATE INDEX IF NOT EXISTS production_action_outputs_dbid ON production_action_outputs (dbid)
-- step
ALTER TABLE production_actions ADD COLUMN IF NOT EXISTS touched timestamptz
