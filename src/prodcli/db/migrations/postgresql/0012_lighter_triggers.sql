-- Triggers that cost less on many rows at once. Rows come in thousands with few keys: they are counted as they are before a
-- key is made of them, and gone through once where it was twice.
-- step
DO $$ BEGIN
  CREATE OR REPLACE FUNCTION prodcli_rollup() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $body$
  BEGIN
    IF TG_OP = 'INSERT' THEN
      INSERT INTO production_rollup_delta
      SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), ''), substatus, prodcli_hour(EXTRACT(EPOCH FROM submitted)), SUM(n)
      FROM (SELECT tag, dsttype, dataset, status, substatus, submitted, COUNT(*) AS n
            FROM new_jobs GROUP BY 1, 2, 3, 4, 5, 6) alike
      GROUP BY 1, 2, 3, 4, 5, 6;
    ELSIF TG_OP = 'DELETE' THEN
      INSERT INTO production_rollup_delta
      SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), ''), substatus, prodcli_hour(EXTRACT(EPOCH FROM submitted)), -SUM(n)
      FROM (SELECT tag, dsttype, dataset, status, substatus, submitted, COUNT(*) AS n
            FROM old_jobs GROUP BY 1, 2, 3, 4, 5, 6) alike
      GROUP BY 1, 2, 3, 4, 5, 6;
    ELSIF TG_OP = 'UPDATE' THEN  -- rows whose key stays cancel out
      INSERT INTO production_rollup_delta
      SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), ''), substatus, prodcli_hour(EXTRACT(EPOCH FROM submitted)), SUM(n)
      FROM (SELECT tag, dsttype, dataset, status, substatus, submitted, COUNT(*) AS n
            FROM new_jobs GROUP BY 1, 2, 3, 4, 5, 6
            UNION ALL
            SELECT tag, dsttype, dataset, status, substatus, submitted, -COUNT(*)
            FROM old_jobs GROUP BY 1, 2, 3, 4, 5, 6) changed
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
CREATE OR REPLACE FUNCTION prodcli_register_overview() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  WITH kinds AS MATERIALIZED (SELECT DISTINCT tag, dsttype FROM new_jobs),
  known AS (
    INSERT INTO production_overview (tag, production_type)
    SELECT DISTINCT k.tag, t.production_type
    FROM kinds k JOIN production_dsttypes t ON k.dsttype = t.prefix OR starts_with(k.dsttype, t.prefix || '_')
    WHERE NOT EXISTS (SELECT 1 FROM production_overview o WHERE o.tag = k.tag AND o.production_type = t.production_type)
    ON CONFLICT DO NOTHING)
  INSERT INTO production_unknown_dsttypes (dsttype, tag)
  SELECT k.dsttype, MIN(k.tag) FROM kinds k
  WHERE NOT EXISTS (SELECT 1 FROM production_dsttypes t WHERE k.dsttype = t.prefix OR starts_with(k.dsttype, t.prefix || '_'))
  GROUP BY k.dsttype
  ON CONFLICT DO NOTHING;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN  -- the overview must never stop a job from being inserted
  RAISE WARNING 'production_overview: %', SQLERRM;
  RETURN NULL;
END $$
