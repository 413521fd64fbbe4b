-- The books: tables that existing tools share, and prodcli's own beside them.
-- step
DO $$ BEGIN
  IF to_regtype('prodstate') IS NULL THEN
    CREATE TYPE prodstate AS ENUM ('submitting', 'submitted', 'started', 'running', 'held', 'evicted', 'failed', 'finished');
  END IF;
END $$
-- step
CREATE TABLE IF NOT EXISTS production_jobs (
    id serial PRIMARY KEY, clusterid bigint, procid int, rulename text NOT NULL, tag text NOT NULL, dataset text NOT NULL,
    dsttype text NOT NULL, filename text, runnumber int NOT NULL, segment int, status prodstate,
    submitted timestamptz DEFAULT now(), started timestamptz, finished timestamptz,
    remoteusercpu float, remotesyscpu float, memoryusage int, memoryprovisioned int, diskusage int, exitcode int,
    jobstarts int, submission_host text, execution_node text, log text, err text, out text, intriplet text,
    indsttype_str text, xferslots int, request_memory int[], request_disk int, request_cpus int, neventsper int,
    eventsinrun int, maxjobsexpected int)
-- step
ALTER TABLE production_jobs
    ADD COLUMN IF NOT EXISTS remoteusercpu float, ADD COLUMN IF NOT EXISTS remotesyscpu float,
    ADD COLUMN IF NOT EXISTS memoryusage int, ADD COLUMN IF NOT EXISTS memoryprovisioned int,
    ADD COLUMN IF NOT EXISTS diskusage int, ADD COLUMN IF NOT EXISTS exitcode int, ADD COLUMN IF NOT EXISTS jobstarts int,
    ADD COLUMN IF NOT EXISTS submission_host text, ADD COLUMN IF NOT EXISTS execution_node text,
    ADD COLUMN IF NOT EXISTS log text, ADD COLUMN IF NOT EXISTS err text, ADD COLUMN IF NOT EXISTS out text,
    ADD COLUMN IF NOT EXISTS intriplet text, ADD COLUMN IF NOT EXISTS indsttype_str text,
    ADD COLUMN IF NOT EXISTS xferslots int, ADD COLUMN IF NOT EXISTS request_memory int[],
    ADD COLUMN IF NOT EXISTS request_disk int, ADD COLUMN IF NOT EXISTS request_cpus int,
    ADD COLUMN IF NOT EXISTS neventsper int, ADD COLUMN IF NOT EXISTS eventsinrun int,
    ADD COLUMN IF NOT EXISTS maxjobsexpected int,
    ADD COLUMN IF NOT EXISTS schedd text, ADD COLUMN IF NOT EXISTS claim_id text,
    ADD COLUMN IF NOT EXISTS attempt int NOT NULL DEFAULT 1, ADD COLUMN IF NOT EXISTS substatus text NOT NULL DEFAULT ''
-- step
CREATE TABLE IF NOT EXISTS production_claims (
    id text PRIMARY KEY, host text NOT NULL, pid int NOT NULL, boot_id text NOT NULL, process_start text NOT NULL,
    started timestamptz NOT NULL, lease_until timestamptz NOT NULL, schedd text NOT NULL, batch_name text NOT NULL, memory_asked int NOT NULL,
    rule text NOT NULL, n int NOT NULL, state text NOT NULL CHECK (state IN ('claimed', 'submitted', 'released')),
    folder text NOT NULL)
-- step
CREATE INDEX IF NOT EXISTS production_claims_open ON production_claims (id) WHERE state = 'claimed'
-- step
CREATE TABLE IF NOT EXISTS production_attempts (
    dbid int NOT NULL, attempt int NOT NULL, step int NOT NULL DEFAULT 0, claim_id text, schedd text, clusterid bigint,
    procid int, memory_asked int, memory_used int, node text, started timestamptz, finished timestamptz, exit_code int,
    hold_reason text, hold_code int, hold_subcode int, status prodstate, substatus text NOT NULL DEFAULT '',
    entered timestamptz, filename text, PRIMARY KEY (dbid, attempt, step))
-- step
CREATE TABLE IF NOT EXISTS production_harvest (
    schedd text PRIMARY KEY, cursor text NOT NULL, harvested timestamptz NOT NULL)
-- step
CREATE TABLE IF NOT EXISTS production_missing (
    dbid int NOT NULL, attempt int NOT NULL, first_missed timestamptz NOT NULL, PRIMARY KEY (dbid, attempt))
-- step
CREATE TABLE IF NOT EXISTS production_overview (
    id serial PRIMARY KEY, tag text NOT NULL, production_type text NOT NULL,
    active boolean NOT NULL DEFAULT false, display_name text, priority int, started_at timestamptz, expected_end timestamptz,
    notes text, registered_at timestamptz NOT NULL DEFAULT now(), UNIQUE (tag, production_type))
-- step
CREATE TABLE IF NOT EXISTS production_dsttypes (prefix text PRIMARY KEY, production_type text NOT NULL)
-- step
CREATE TABLE IF NOT EXISTS production_unknown_dsttypes (
    dsttype text PRIMARY KEY, tag text NOT NULL, first_seen timestamptz NOT NULL DEFAULT now())
-- step
CREATE OR REPLACE FUNCTION prodcli_register_overview() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO production_overview (tag, production_type)
  SELECT DISTINCT n.tag, t.production_type
  FROM (SELECT DISTINCT tag, dsttype FROM new_jobs) n
  JOIN production_dsttypes t ON n.dsttype = t.prefix OR starts_with(n.dsttype, t.prefix || '_')
  WHERE NOT EXISTS (SELECT 1 FROM production_overview o WHERE o.tag = n.tag AND o.production_type = t.production_type)
  ON CONFLICT DO NOTHING;
  INSERT INTO production_unknown_dsttypes (dsttype, tag)
  SELECT n.dsttype, MIN(n.tag) FROM new_jobs n
  WHERE NOT EXISTS (SELECT 1 FROM production_dsttypes t WHERE n.dsttype = t.prefix OR starts_with(n.dsttype, t.prefix || '_'))
  GROUP BY n.dsttype
  ON CONFLICT DO NOTHING;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN  -- the overview must never stop a job from being inserted
  RAISE WARNING 'production_overview: %', SQLERRM;
  RETURN NULL;
END $$
-- step
DROP TRIGGER IF EXISTS prodcli_register_overview ON production_jobs
-- step
CREATE TRIGGER prodcli_register_overview AFTER INSERT ON production_jobs
REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION prodcli_register_overview()
