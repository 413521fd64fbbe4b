-- name: rules_of_tag
-- Which rules have jobs of prodcli of a tag that have not ended; how many are being submitted, and how many are parked?
-- The first words are those of the partial index over live jobs.
SELECT j.rulename AS rule, j.dsttype,
    CAST(SUM(CASE WHEN j.status = 'submitting' THEN 1 ELSE 0 END) AS int) AS submitting,
    CAST(SUM(CASE WHEN PARKED(j) THEN 1 ELSE 0 END) AS int) AS parked
FROM production_jobs j
WHERE j.status NOT IN ('failed', 'finished') AND j.claim_id IS NOT NULL AND j.tag = CAST(:tag AS text)
GROUP BY j.rulename, j.dsttype
ORDER BY j.rulename, j.dsttype;

-- name: passes_of_tag
-- Which files were passed over for rules of a tag, on which hosts?
SELECT DISTINCT p.host, p.file, p.rulename AS rule FROM production_passes p WHERE p.tag = CAST(:tag AS text)
ORDER BY p.host, p.file, p.rulename;
