-- When a schedd's queue was last compared with the books, and a way to the jobs that wait to be materialized.
-- no transaction
-- step
DO $$ DECLARE leftover text; BEGIN
  FOR leftover IN SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                  WHERE i.indrelid = CAST('production_jobs' AS regclass) AND NOT i.indisvalid
                    AND c.relname = 'production_jobs_prodcli_waiting'
  LOOP EXECUTE format('DROP INDEX %I', leftover); END LOOP;
END $$
-- step
ALTER TABLE production_harvest ADD COLUMN IF NOT EXISTS swept timestamptz
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_jobs_prodcli_waiting
    ON production_jobs (schedd, substatus, clusterid, procid) WHERE status = 'submitted'
