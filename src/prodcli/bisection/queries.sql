-- name: bisected_signatures
-- Which signatures have most failures, how many, and from when to when?
SELECT s.id, s.state, s.code, s.text, s.name, s.category, f.failures, f.first, f.last
FROM (SELECT g.signature_id, COUNT(*) AS failures, MIN(EPOCH(g.entered)) AS first, MAX(EPOCH(g.entered)) AS last
      FROM production_failures g WHERE BISECTED(g, g.entered) GROUP BY g.signature_id) f
JOIN production_signatures s ON s.id = f.signature_id
ORDER BY f.failures DESC, s.id LIMIT CAST(:most AS int);

-- name: ends_alike
-- How many steps of attempts ended with a signature, and how many finished, of the rules that have the signature; those that have
-- the same record, kit, tag, mask, memory, operating system and run counted together, with when the first was submitted?
-- Of failures that no report tells the operating system of, the node is told.
SELECT c.provenance, COALESCE(c.kit, '') AS kit, j.tag, COALESCE(j.mask, '') AS mask, a.memory_asked AS memory, j.runnumber AS run, r.os,
    CASE WHEN r.os IS NULL THEN e.node END AS node,
    MIN(COALESCE(EPOCH(c.started), EPOCH(j.submitted), EPOCH(a.started), EPOCH(a.entered))) AS first, SUM(e.failed) AS failed, SUM(1 - e.failed) AS passed
FROM (SELECT f.dbid, f.attempt, f.step, 1 AS failed, f.node
      FROM production_failures f
      WHERE f.signature_id = CAST(:signature AS int) AND BISECTED(f, f.entered)
      UNION ALL
      SELECT t.dbid, t.attempt, t.step, 0, CAST(NULL AS text)
      FROM production_attempts t JOIN production_jobs p ON p.id = t.dbid
      WHERE t.status = 'finished' AND BISECTED(p, t.finished)
        AND p.rulename IN (SELECT g.rulename FROM production_failures g
                           WHERE g.signature_id = CAST(:signature AS int) AND BISECTED(g, g.entered))
        AND NOT EXISTS (SELECT 1 FROM production_failures h
                        WHERE h.dbid = t.dbid AND h.attempt = t.attempt AND h.step = t.step
                          AND h.signature_id = CAST(:signature AS int))) e
JOIN production_attempts a ON a.dbid = e.dbid AND a.attempt = e.attempt AND a.step = e.step
JOIN production_jobs j ON j.id = e.dbid
LEFT JOIN production_claims c ON c.id = a.claim_id
LEFT JOIN production_reports r ON r.dbid = e.dbid AND r.attempt = e.attempt
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;

-- fragment: BISECTED(j, ended)
-- The row j is one of those that were asked for, and ended in the span of time.
FILTERED({j}) AND {ended} >= AT(CAST(:since AS bigint)) AND {ended} <= AT(CAST(:until AS bigint));

-- name: systems_of_nodes
-- Which operating systems did jobs report on each node, and when first?
SELECT a.node, r.os, MIN(EPOCH(a.started)) AS first
FROM production_attempts a JOIN production_reports r ON r.dbid = a.dbid AND r.attempt = a.attempt
WHERE a.finished >= AT(CAST(:since AS bigint)) AND a.node IS NOT NULL AND r.os IS NOT NULL
GROUP BY a.node, r.os;
