-- What people did to jobs in the queues: written before it is done, and closed when the books have what came of it.
-- step
CREATE TABLE IF NOT EXISTS production_actions (
    id text PRIMARY KEY, verb text NOT NULL, account text NOT NULL, host text NOT NULL, pid integer NOT NULL,
    boot_id text NOT NULL, process_start text NOT NULL, started text NOT NULL, finished text, reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('intended', 'done')), jobs integer NOT NULL, parameters text NOT NULL, result text NOT NULL)
-- step
CREATE INDEX IF NOT EXISTS production_actions_open ON production_actions (id) WHERE state = 'intended'
-- step
CREATE TABLE IF NOT EXISTS production_action_jobs (
    action_id text NOT NULL, dbid integer NOT NULL, attempt integer NOT NULL, step integer NOT NULL, schedd text NOT NULL,
    clusterid integer NOT NULL, procid integer NOT NULL, status text NOT NULL, entered integer NOT NULL,
    memory_before integer, memory_after integer, PRIMARY KEY (action_id, dbid)) WITHOUT ROWID
-- step
CREATE INDEX IF NOT EXISTS production_action_jobs_dbid ON production_action_jobs (dbid)
