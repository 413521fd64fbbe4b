-- Ways to the attempts that were held or failed: what a rescue looks at to see how often a retry helped.
-- no transaction
-- step
DO $$ DECLARE leftover text; BEGIN
  FOR leftover IN SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                  WHERE i.indrelid = CAST('production_attempts' AS regclass) AND NOT i.indisvalid
                    AND c.relname IN ('production_attempts_prodcli_holds', 'production_attempts_prodcli_failed')
  LOOP EXECUTE format('DROP INDEX %I', leftover); END LOOP;
END $$
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_attempts_prodcli_holds
    ON production_attempts (hold_code, entered) WHERE hold_code IS NOT NULL
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_attempts_prodcli_failed
    ON production_attempts (exit_code, entered) WHERE status = 'failed'
