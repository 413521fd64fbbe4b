-- One row per output, and cluster ids that may repeat across schedds.
-- step
CREATE UNIQUE INDEX IF NOT EXISTS production_jobs_prodcli_filename ON production_jobs (filename)
-- step
CREATE UNIQUE INDEX IF NOT EXISTS production_jobs_prodcli_proc ON production_jobs (schedd, clusterid, procid)
-- step
CREATE INDEX IF NOT EXISTS production_jobs_prodcli_claim ON production_jobs (claim_id)
-- step
CREATE INDEX IF NOT EXISTS production_jobs_prodcli_run ON production_jobs (runnumber)
-- step
CREATE INDEX IF NOT EXISTS production_jobs_prodcli_live ON production_jobs (schedd, status)
    WHERE status NOT IN ('failed', 'finished')
-- step drop unique clusterid,procid
-- step
INSERT OR IGNORE INTO production_overview (tag, production_type)
SELECT DISTINCT n.tag, t.production_type FROM (SELECT DISTINCT tag, dsttype FROM production_jobs) n
JOIN production_dsttypes t ON n.dsttype = t.prefix OR substr(n.dsttype, 1, length(t.prefix) + 1) = t.prefix || '_'
