-- What people did to jobs in the queues: written before it is done, and closed when the books have what came of it.
-- step
CREATE TABLE IF NOT EXISTS production_actions (
    id text PRIMARY KEY, verb text NOT NULL, account text NOT NULL, host text NOT NULL, pid int NOT NULL,
    boot_id text NOT NULL, process_start text NOT NULL, started timestamptz NOT NULL, finished timestamptz, reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('intended', 'done')), jobs int NOT NULL, parameters text NOT NULL, result text NOT NULL)
-- step
CREATE INDEX IF NOT EXISTS production_actions_open ON production_actions (id) WHERE state = 'intended'
-- step
CREATE TABLE IF NOT EXISTS production_action_jobs (
    action_id text NOT NULL, dbid int NOT NULL, attempt int NOT NULL, step int NOT NULL, schedd text NOT NULL,
    clusterid bigint NOT NULL, procid int NOT NULL, status text NOT NULL, entered bigint NOT NULL,
    memory_before int, memory_after int, PRIMARY KEY (action_id, dbid))
-- step
CREATE INDEX IF NOT EXISTS production_action_jobs_dbid ON production_action_jobs (dbid)
