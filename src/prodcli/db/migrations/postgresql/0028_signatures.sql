-- Failures with their signatures: what jobs died of, once for each step of an attempt, and which jobs are to be looked at again.
--
-- `hour` is that of the day, UTC, and machine_id stands for the node with its facility and CPU model: small numbers, which are
-- counted fast. Whoever writes an attempt that gets into trouble or out of it notes its job as due. The note is only appended, so that
-- writers never wait for each other here. It runs as its owner, since older tools have no rights on these tables.
-- no transaction
-- step
CREATE TABLE IF NOT EXISTS production_signatures (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hash text NOT NULL UNIQUE, state text NOT NULL, code text NOT NULL, text text NOT NULL,
    entry text NOT NULL, name text NOT NULL, category text NOT NULL, first_seen timestamptz NOT NULL)
-- step
CREATE TABLE IF NOT EXISTS production_failures (
    dbid int NOT NULL, attempt int NOT NULL, step int NOT NULL, entered timestamptz NOT NULL, signature_id int NOT NULL, retried smallint NOT NULL,
    won smallint NOT NULL, runnumber int NOT NULL, segment int, rulename text NOT NULL, tag text NOT NULL, dataset text NOT NULL, dsttype text NOT NULL,
    node text, machine_id int, hour smallint, PRIMARY KEY (dbid, attempt, step))
-- step
CREATE TABLE IF NOT EXISTS production_machines (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, node text NOT NULL UNIQUE, site text, cpu_model text, seen timestamptz)
-- step
CREATE INDEX IF NOT EXISTS production_failures_entered ON production_failures (entered)
-- step
CREATE INDEX IF NOT EXISTS production_failures_tag ON production_failures (substr(tag, 1, 100), entered)
-- step
CREATE INDEX IF NOT EXISTS production_failures_signature ON production_failures (signature_id, entered)
-- step
CREATE TABLE IF NOT EXISTS production_failures_due (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, dbid int NOT NULL)
-- step
DO $$ BEGIN
  CREATE OR REPLACE FUNCTION prodcli_failure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $body$
  BEGIN
    INSERT INTO production_failures_due (dbid) VALUES (NEW.dbid);
    RETURN NULL;
  END $body$;
  -- temporary tables of a caller must not stand in for ours
  EXECUTE format('ALTER FUNCTION prodcli_failure() SET search_path = %I, pg_temp', current_schema());
END $$
-- step
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = CAST('production_attempts' AS regclass) AND tgname = 'prodcli_failure_insert') THEN
    CREATE TRIGGER prodcli_failure_insert AFTER INSERT ON production_attempts FOR EACH ROW
    WHEN (NEW.status IN ('failed', 'held', 'evicted') OR NEW.hold_code IS NOT NULL)
    EXECUTE FUNCTION prodcli_failure();
    CREATE TRIGGER prodcli_failure_update AFTER UPDATE ON production_attempts FOR EACH ROW
    WHEN ((NEW.status, NEW.substatus, NEW.entered, NEW.hold_code) IS DISTINCT FROM (OLD.status, OLD.substatus, OLD.entered, OLD.hold_code)
      AND (NEW.status IN ('failed', 'held', 'evicted') OR OLD.status IN ('failed', 'held', 'evicted') OR NEW.hold_code IS NOT NULL
           OR NEW.status = 'finished' AND (NEW.attempt > 1 OR NEW.step > 0)))
    EXECUTE FUNCTION prodcli_failure();
  END IF;
END $$
-- step
INSERT INTO production_failures_due (dbid)
SELECT dbid FROM (SELECT dbid, entered FROM production_attempts WHERE status = 'failed'
                  UNION ALL SELECT dbid, entered FROM production_attempts WHERE hold_code IS NOT NULL
                  UNION ALL SELECT id, submitted FROM production_jobs
                            WHERE status NOT IN ('failed', 'finished') AND status IN ('held', 'evicted')) f
GROUP BY dbid ORDER BY MAX(entered) NULLS FIRST
