-- Jobs that were given up for now: all that is needed to bring them back. And a way to the jobs that failed.
-- step
CREATE TABLE IF NOT EXISTS production_parked (
    dbid integer NOT NULL, attempt integer NOT NULL, action_id text NOT NULL, claim_id text NOT NULL, ad text NOT NULL,
    item text NOT NULL, PRIMARY KEY (dbid, attempt))
-- step
CREATE TABLE IF NOT EXISTS production_parked_descriptions (claim_id text PRIMARY KEY, description text NOT NULL)
-- step
CREATE INDEX IF NOT EXISTS production_jobs_prodcli_failed ON production_jobs (schedd, substatus) WHERE status = 'failed'
