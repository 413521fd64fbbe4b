-- Nodes that jobs keep away from, as people note them, and which of them the jobs of a schedd were told last.
-- no transaction
-- step
DO $$ DECLARE leftover text; BEGIN
  FOR leftover IN SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                  WHERE i.indrelid = CAST('production_attempts' AS regclass) AND NOT i.indisvalid
                    AND c.relname = 'production_attempts_prodcli_finished'
  LOOP EXECUTE format('DROP INDEX %I', leftover); END LOOP;
END $$
-- step
CREATE TABLE IF NOT EXISTS production_excluded_nodes (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, node text NOT NULL, reason text NOT NULL, author text NOT NULL,
    added timestamptz NOT NULL, expires timestamptz)
-- step
ALTER TABLE production_harvest ADD COLUMN IF NOT EXISTS nodes text
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_attempts_prodcli_finished ON production_attempts (finished)
