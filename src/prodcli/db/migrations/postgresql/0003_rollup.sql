-- Counts of the books in constant time: production_rollup, and what changed since it was last folded.
--
-- From the moment the triggers are there, rows of production_jobs = production_rollup + production_rollup_delta in
-- every snapshot, if it is so in one. So the baseline needs no lock: the triggers come first, in a transaction that waits
-- for the writers of that moment and no longer; then one statement, and so one snapshot, counts the rows and takes off
-- what the triggers have noted until then. That production_rollup exists says that it is filled.
--
-- `hour` is the full hour of `submitted`, by the clock of UTC whatever the session's zone; -infinity for none. A missing
-- status is an empty one. Nothing is unique here: names of other tools may be longer than an index can hold.
-- no transaction
-- step
CREATE TABLE IF NOT EXISTS production_rollup_delta (
    tag text, dsttype text, dataset text, status text, substatus text, hour timestamptz, n bigint)
-- step
CREATE OR REPLACE FUNCTION prodcli_hour(seconds float8) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS
$$ SELECT COALESCE(to_timestamp(floor(seconds / 3600) * 3600), '-infinity') $$
-- step
DO $$ BEGIN
  -- Only appends, grouped: writers never wait for each other here. It runs as its owner, since older tools have no
  -- rights on the delta, and it does not catch failures: a write that cannot be counted fails, because a count that
  -- is silently wrong would be believed. What it does can hardly fail where the write itself does not.
  CREATE OR REPLACE FUNCTION prodcli_rollup() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $body$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      INSERT INTO production_rollup_delta
      SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), ''), substatus, prodcli_hour(EXTRACT(EPOCH FROM submitted)), COUNT(*)
      FROM new_jobs GROUP BY 1, 2, 3, 4, 5, 6;
    ELSIF TG_OP = 'DELETE' THEN
      INSERT INTO production_rollup_delta
      SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), ''), substatus, prodcli_hour(EXTRACT(EPOCH FROM submitted)), -COUNT(*)
      FROM old_jobs GROUP BY 1, 2, 3, 4, 5, 6;
    ELSIF TG_OP = 'UPDATE' THEN  -- rows whose key stays cancel out
      INSERT INTO production_rollup_delta
      SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), ''), substatus, prodcli_hour(EXTRACT(EPOCH FROM submitted)), SUM(n)
      FROM (SELECT tag, dsttype, dataset, status, substatus, submitted, 1 AS n FROM new_jobs
            UNION ALL SELECT tag, dsttype, dataset, status, substatus, submitted, -1 FROM old_jobs) changed
      GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(n) <> 0;
    ELSE  -- TRUNCATE waits for all writers, and like it this one takes what no snapshot shows yet
      TRUNCATE production_rollup, production_rollup_delta;
    END IF;
    RETURN NULL;
  END $body$;
  -- temporary tables of a caller must not stand in for ours
  EXECUTE format('ALTER FUNCTION prodcli_rollup() SET search_path = %I, pg_temp', current_schema());
END $$
-- step
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = CAST('production_jobs' AS regclass) AND tgname = 'prodcli_rollup_insert') THEN
    CREATE TRIGGER prodcli_rollup_insert AFTER INSERT ON production_jobs
    REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION prodcli_rollup();
    CREATE TRIGGER prodcli_rollup_update AFTER UPDATE ON production_jobs
    REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION prodcli_rollup();
    CREATE TRIGGER prodcli_rollup_delete AFTER DELETE ON production_jobs
    REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT EXECUTE FUNCTION prodcli_rollup();
    CREATE TRIGGER prodcli_rollup_truncate AFTER TRUNCATE ON production_jobs
    FOR EACH STATEMENT EXECUTE FUNCTION prodcli_rollup();
  END IF;
END $$
-- step
CREATE TABLE IF NOT EXISTS production_rollup AS
SELECT tag, dsttype, dataset, status, substatus, hour, CAST(SUM(n) AS bigint) AS n
FROM (SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), '') AS status, substatus,
             prodcli_hour(EXTRACT(EPOCH FROM submitted)) AS hour, COUNT(*) AS n
      FROM production_jobs GROUP BY 1, 2, 3, 4, 5, 6
      UNION ALL SELECT tag, dsttype, dataset, status, substatus, hour, -n FROM production_rollup_delta) counted
GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(n) <> 0
