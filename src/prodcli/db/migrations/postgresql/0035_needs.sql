-- The services that the rule of a claim says its jobs need, and reports whose quality results are to be read once more.
-- step
ALTER TABLE production_claims ADD COLUMN IF NOT EXISTS needs text
-- step
CREATE TABLE IF NOT EXISTS production_quality_due (dbid int NOT NULL, attempt int NOT NULL, PRIMARY KEY (dbid, attempt))
-- step
INSERT INTO production_quality_due (dbid, attempt)
SELECT r.dbid, r.attempt FROM production_reports r
WHERE r.quality IS NOT NULL AND substr(r.quality, 1, 1) = '{' AND r.quality <> '{}'
  AND NOT EXISTS (SELECT 1 FROM production_quality q WHERE q.dbid = r.dbid AND q.attempt = r.attempt)
ON CONFLICT DO NOTHING
