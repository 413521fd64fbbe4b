-- name: jobs_of_others
-- Which jobs of these products have other tools put into the books since a time?
SELECT p.number, j.filename, j.dsttype, j.runnumber AS run, j.segment
FROM RECORDS(:products) AS p(number int, dsttype text, dataset text, tag text)
JOIN production_jobs j ON substr(j.tag, 1, 100) = substr(p.tag, 1, 100) AND j.tag = p.tag AND j.dataset = p.dataset
  AND OF_DSTTYPE(j.dsttype, p.dsttype)
WHERE j.claim_id IS NULL AND j.filename IS NOT NULL AND (j.submitted IS NULL OR j.submitted >= AT(CAST(:since AS bigint)))
ORDER BY p.number, j.runnumber, j.segment;
