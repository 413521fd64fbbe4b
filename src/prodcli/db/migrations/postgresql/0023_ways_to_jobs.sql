-- Ways to the jobs of a tag, and to the few attempts that have several steps: the newest step of an attempt is then found
-- without a look at each. Tags of other tools may be longer than an index can hold: their first hundred letters are in the index. Rows of either index keep their keys for good, and equal keys are stored once.
-- no transaction
-- step
DO $$ DECLARE leftover text; BEGIN
  FOR leftover IN SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                  WHERE i.indrelid IN (CAST('production_jobs' AS regclass), CAST('production_attempts' AS regclass))
                    AND NOT i.indisvalid AND c.relname IN ('production_jobs_prodcli_tag', 'production_attempts_prodcli_steps')
  LOOP EXECUTE format('DROP INDEX %I', leftover); END LOOP;
END $$
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_jobs_prodcli_tag ON production_jobs (substr(tag, 1, 100))
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_attempts_prodcli_steps ON production_attempts (dbid, attempt, step)
    WHERE step > 0
