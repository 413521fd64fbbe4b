-- Rules that submitted jobs regularly and now submit nothing: the reason that grew most since, and by how much.
WITH submitting AS (
    SELECT p.rulename, p.tag, p.started, p.reasons, p.started - LAG(p.started) OVER (PARTITION BY p.rulename, p.tag ORDER BY p.started) AS gap,
        ROW_NUMBER() OVER (PARTITION BY p.rulename, p.tag ORDER BY p.started DESC) AS place
    FROM production_passes p WHERE p.submitted > 0),
regular AS (
    SELECT rulename, tag, MAX(started) AS last, MAX(CASE WHEN place < 20 THEN gap END) AS longest,
        MAX(CASE WHEN place = 1 THEN reasons END) AS reasons
    FROM submitting WHERE place <= 20 GROUP BY 1, 2 HAVING COUNT(*) >= 4),
newest AS (
    SELECT DISTINCT ON (p.rulename, p.tag) p.rulename, p.tag, p.started, p.submitted, p.error, p.reasons
    FROM production_passes p ORDER BY p.rulename, p.tag, p.started DESC)
SELECT n.rulename AS rule, n.tag, g.reason, g.grown AS value
FROM newest n JOIN regular r ON r.rulename = n.rulename AND r.tag = n.tag
CROSS JOIN LATERAL (
    SELECT k.key AS reason, CAST(k.value AS int) - COALESCE(CAST(CAST(r.reasons AS json) -> 'counts' ->> k.key AS int), 0) AS grown
    FROM json_each_text(CAST(n.reasons AS json) -> 'counts') k
    WHERE k.key NOT IN ('produced', 'blocked', 'limit', 'segment_cut', 'run_not_ended', 'runtype')
    ORDER BY 2 DESC, 1 DESC LIMIT 1) g
WHERE n.submitted = 0 AND n.error = '' AND CAST(n.reasons AS json) -> 'counts' ->> 'limit' IS NULL
  AND n.started - r.last > GREATEST(interval '1 hour', 3 * r.longest) AND g.grown > 0
ORDER BY 1, 2
