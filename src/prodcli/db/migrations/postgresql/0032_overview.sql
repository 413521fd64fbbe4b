-- Campaigns have a priority, and a dsttype without a production type is told. `db upgrade` then lets production_overview take
-- the production types of the site profile alone.
--
-- Writers lock production_jobs before production_overview. Here each step has its own transaction, so that none waits for them
-- while they wait for it.
-- no transaction
-- step
DO $$ BEGIN
  -- It runs as its owner, since other tools have no rights on the tables of the overview.
  CREATE OR REPLACE FUNCTION prodcli_register_overview() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $body$
  DECLARE unknown text;
  BEGIN
    FOR unknown IN
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
      ON CONFLICT DO NOTHING RETURNING dsttype
    LOOP
      RAISE NOTICE 'dsttype % has no production type in the site profile; see prodcli campaign unknown', unknown;
    END LOOP;
    RETURN NULL;
  EXCEPTION WHEN OTHERS THEN  -- the overview must never stop a job from being inserted
    RAISE WARNING 'production_overview: %', SQLERRM;
    RETURN NULL;
  END $body$;
  -- temporary tables of a caller must not stand in for ours
  EXECUTE format('ALTER FUNCTION prodcli_register_overview() SET search_path = %I, pg_temp', current_schema());
END $$
-- step
DO $$ DECLARE trigger text := 'TRIGGER prodcli_register_overview AFTER INSERT ON production_jobs
  REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION prodcli_register_overview()';
BEGIN
  IF CAST(current_setting('server_version_num') AS int) >= 140000 THEN  -- readers go on meanwhile
    EXECUTE 'CREATE OR REPLACE ' || trigger;
  ELSE
    DROP TRIGGER IF EXISTS prodcli_register_overview ON production_jobs;
    EXECUTE 'CREATE ' || trigger;
  END IF;
END $$
-- step
ALTER TABLE production_overview
    ADD COLUMN IF NOT EXISTS display_name text, ADD COLUMN IF NOT EXISTS priority int,
    ADD COLUMN IF NOT EXISTS started_at timestamptz, ADD COLUMN IF NOT EXISTS expected_end timestamptz,
    ADD COLUMN IF NOT EXISTS notes text, ADD COLUMN IF NOT EXISTS registered_at timestamptz NOT NULL DEFAULT now(),
    ALTER COLUMN priority SET DEFAULT 0, ALTER COLUMN active SET DEFAULT false
-- step
UPDATE production_overview SET priority = COALESCE(priority, 0), active = COALESCE(active, false) WHERE priority IS NULL OR active IS NULL
-- step
ALTER TABLE production_overview ALTER COLUMN priority SET NOT NULL, ALTER COLUMN active SET NOT NULL
