-- Indexes that cost less to keep: a row that is claimed is in no cluster yet, and an attempt that is submitted has not finished.
-- no transaction
-- step
DO $$ DECLARE leftover text; BEGIN
  FOR leftover IN SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                  WHERE i.indrelid IN (CAST('production_jobs' AS regclass), CAST('production_attempts' AS regclass))
                    AND NOT i.indisvalid AND c.relname IN ('production_jobs_prodcli_in_cluster', 'production_attempts_prodcli_ended')
  LOOP EXECUTE format('DROP INDEX %I', leftover); END LOOP;
END $$
-- step
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS production_jobs_prodcli_in_cluster ON production_jobs (schedd, clusterid, procid)
    WHERE clusterid IS NOT NULL
-- step
DROP INDEX CONCURRENTLY IF EXISTS production_jobs_prodcli_proc
-- step
ALTER INDEX production_jobs_prodcli_in_cluster RENAME TO production_jobs_prodcli_proc
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_attempts_prodcli_ended ON production_attempts (finished)
    WHERE finished IS NOT NULL
-- step
DROP INDEX CONCURRENTLY IF EXISTS production_attempts_prodcli_finished
-- step
ALTER INDEX production_attempts_prodcli_ended RENAME TO production_attempts_prodcli_finished
