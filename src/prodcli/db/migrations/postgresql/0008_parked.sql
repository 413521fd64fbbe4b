-- Jobs that were given up for now: all that is needed to bring them back. And a way to the jobs that failed.
-- no transaction
-- step
CREATE TABLE IF NOT EXISTS production_parked (
    dbid int NOT NULL, attempt int NOT NULL, action_id text NOT NULL, claim_id text NOT NULL, ad text NOT NULL,
    item text NOT NULL, PRIMARY KEY (dbid, attempt))
-- step
CREATE TABLE IF NOT EXISTS production_parked_descriptions (
    claim_id text PRIMARY KEY, description text NOT NULL)
-- step
DO $$ DECLARE leftover text; BEGIN
  FOR leftover IN SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                  WHERE i.indrelid = CAST('production_jobs' AS regclass) AND NOT i.indisvalid
                    AND c.relname = 'production_jobs_prodcli_failed'
  LOOP EXECUTE format('DROP INDEX %I', leftover); END LOOP;
END $$
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_jobs_prodcli_failed ON production_jobs (schedd, substatus) WHERE status = 'failed'
