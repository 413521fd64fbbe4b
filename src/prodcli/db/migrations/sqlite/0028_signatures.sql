-- Failures with their signatures: what jobs died of, once for each step of an attempt, and which jobs are to be looked at again.
--
-- `hour` is that of the day, UTC, and machine_id stands for the node with its facility and CPU model: small numbers, which are
-- counted fast. Whoever writes an attempt that gets into trouble or out of it notes its job as due.
-- step
CREATE TABLE IF NOT EXISTS production_signatures (
    id integer PRIMARY KEY AUTOINCREMENT, hash text NOT NULL UNIQUE, state text NOT NULL, code text NOT NULL, text text NOT NULL,
    entry text NOT NULL, name text NOT NULL, category text NOT NULL, first_seen text NOT NULL)
-- step
CREATE TABLE IF NOT EXISTS production_failures (
    dbid integer NOT NULL, attempt integer NOT NULL, step integer NOT NULL, entered text NOT NULL, signature_id integer NOT NULL, retried integer NOT NULL,
    won integer NOT NULL, runnumber integer NOT NULL, segment integer, rulename text NOT NULL, tag text NOT NULL, dataset text NOT NULL, dsttype text NOT NULL,
    node text, machine_id integer, hour integer, PRIMARY KEY (dbid, attempt, step))
-- step
CREATE TABLE IF NOT EXISTS production_machines (
    id integer PRIMARY KEY AUTOINCREMENT, node text NOT NULL UNIQUE, site text, cpu_model text, seen text)
-- step
CREATE INDEX IF NOT EXISTS production_failures_entered ON production_failures (entered)
-- step
CREATE INDEX IF NOT EXISTS production_failures_tag ON production_failures (substr(tag, 1, 100), entered)
-- step
CREATE INDEX IF NOT EXISTS production_failures_signature ON production_failures (signature_id, entered)
-- step
CREATE TABLE IF NOT EXISTS production_failures_due (id integer PRIMARY KEY AUTOINCREMENT, dbid integer NOT NULL)
-- step
CREATE TRIGGER IF NOT EXISTS prodcli_failure_insert AFTER INSERT ON production_attempts
WHEN NEW.status IN ('failed', 'held', 'evicted') OR NEW.hold_code IS NOT NULL
BEGIN
  INSERT INTO production_failures_due (dbid) VALUES (NEW.dbid);
END
-- step
CREATE TRIGGER IF NOT EXISTS prodcli_failure_update AFTER UPDATE OF status, substatus, entered, hold_code ON production_attempts
WHEN (NEW.status IS NOT OLD.status OR NEW.substatus IS NOT OLD.substatus OR NEW.entered IS NOT OLD.entered OR NEW.hold_code IS NOT OLD.hold_code)
  AND (NEW.status IN ('failed', 'held', 'evicted') OR OLD.status IN ('failed', 'held', 'evicted') OR NEW.hold_code IS NOT NULL
       OR NEW.status = 'finished' AND (NEW.attempt > 1 OR NEW.step > 0))
BEGIN
  INSERT INTO production_failures_due (dbid) VALUES (NEW.dbid);
END
-- step
INSERT INTO production_failures_due (dbid)
SELECT dbid FROM (SELECT dbid, entered FROM production_attempts WHERE status = 'failed'
                  UNION ALL SELECT dbid, entered FROM production_attempts WHERE hold_code IS NOT NULL
                  UNION ALL SELECT id, submitted FROM production_jobs
                            WHERE status NOT IN ('failed', 'finished') AND status IN ('held', 'evicted')) f
GROUP BY dbid ORDER BY MAX(entered)
