-- One row per output, and cluster ids that may repeat across schedds.
-- no transaction
-- step
DO $$ DECLARE leftover text; BEGIN
  FOR leftover IN SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                  WHERE i.indrelid = CAST('production_jobs' AS regclass) AND NOT i.indisvalid AND c.relname LIKE 'production\_jobs\_prodcli\_%'
  LOOP EXECUTE format('DROP INDEX %I', leftover); END LOOP;
END $$
-- step
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS production_jobs_prodcli_filename ON production_jobs (filename)
-- step
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS production_jobs_prodcli_proc ON production_jobs (schedd, clusterid, procid)
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_jobs_prodcli_claim ON production_jobs (claim_id)
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_jobs_prodcli_run ON production_jobs (runnumber)
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS production_jobs_prodcli_live ON production_jobs (schedd, status)
    WHERE status NOT IN ('failed', 'finished')
-- step
DO $$ DECLARE old record; BEGIN
  FOR old IN SELECT c.relname, k.conname
             FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype = 'u'
             WHERE i.indrelid = CAST('production_jobs' AS regclass) AND i.indisunique AND i.indpred IS NULL
               AND (SELECT array_agg(CAST(a.attname AS text) ORDER BY a.attname) FROM pg_attribute a
                    WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)) = ARRAY['clusterid', 'procid']
  LOOP
    IF old.conname IS NOT NULL THEN EXECUTE format('ALTER TABLE production_jobs DROP CONSTRAINT %I', old.conname);
    ELSE EXECUTE format('DROP INDEX %I', old.relname); END IF;
  END LOOP;
END $$
-- step
INSERT INTO production_overview (tag, production_type)
SELECT DISTINCT n.tag, t.production_type FROM (SELECT DISTINCT tag, dsttype FROM production_jobs) n
JOIN production_dsttypes t ON n.dsttype = t.prefix OR starts_with(n.dsttype, t.prefix || '_')
ON CONFLICT DO NOTHING
