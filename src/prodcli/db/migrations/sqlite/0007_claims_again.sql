-- What rows were before a claim took them again; they are put back if it is given up. And outputs that an action is about.
-- step
CREATE TABLE IF NOT EXISTS production_taken (
    claim_id text NOT NULL, dbid integer NOT NULL, attempt integer NOT NULL, attempt_state text NOT NULL, status text,
    substatus text NOT NULL, schedd text, clusterid integer, procid integer, old_claim text, rulename text, tag text, dataset text,
    dsttype text, submission_host text, log text, err text, out text, intriplet text, indsttype_str text, xferslots integer,
    request_memory text, request_disk integer, request_cpus integer, neventsper integer, eventsinrun integer, maxjobsexpected integer, mask text,
    PRIMARY KEY (claim_id, dbid))
-- step
CREATE TABLE IF NOT EXISTS production_action_outputs (
    action_id text NOT NULL, filename text NOT NULL, dbid integer, attempt integer, status text, PRIMARY KEY (action_id, filename))
-- step
CREATE INDEX IF NOT EXISTS production_action_outputs_filename ON production_action_outputs (filename)
-- step
CREATE INDEX IF NOT EXISTS production_action_outputs_dbid ON production_action_outputs (dbid)
-- step unless column production_actions.touched
ALTER TABLE production_actions ADD COLUMN touched text
