-- name: bisected_signatures
-- Which signatures do most of the chosen failures have, how many, and from when to when?
SELECT s.id, s.state, s.code, s.text, s.name, s.category, f.failures, f.first, f.last
FROM (SELECT g.signature_id, COUNT(*) AS failures, MIN(EPOCH(g.entered)) AS first, MAX(EPOCH(g.entered)) AS last
      FROM production_failures g WHERE CHOSEN_FAILURE(g) GROUP BY g.signature_id) f
JOIN production_signatures s ON s.id = f.signature_id
ORDER BY f.failures DESC, s.id LIMIT CAST(:most AS int);

-- fragment: BISECTED_ENDS()
-- The steps of attempts that ended with a signature, and of the rules that have the signature those that finished.
SELECT 1 AS failed, f.dbid, f.attempt, a.claim_id, a.memory_asked AS memory, f.tag, j.mask, f.runnumber AS run, a.node, a.entered,
    j.submitted
FROM production_failures f
JOIN production_attempts a ON a.dbid = f.dbid AND a.attempt = f.attempt AND a.step = f.step
JOIN production_jobs j ON j.id = f.dbid
WHERE f.signature_id = CAST(:signature AS int) AND BISECTED(f, f.entered)
UNION ALL
SELECT 0, t.dbid, t.attempt, t.claim_id, t.memory_asked, p.tag, p.mask, p.runnumber, t.node, t.finished, p.submitted
FROM production_attempts t JOIN production_jobs p ON p.id = t.dbid
WHERE t.status = 'finished' AND BISECTED(p, t.finished)
  AND p.rulename IN (SELECT g.rulename FROM production_failures g
                     WHERE g.signature_id = CAST(:signature AS int) AND BISECTED(g, g.entered))
  AND NOT EXISTS (SELECT 1 FROM production_failures h
                  WHERE h.dbid = t.dbid AND h.attempt = t.attempt AND h.step = t.step
                    AND h.signature_id = CAST(:signature AS int));

-- name: ends_alike
-- How many steps of attempts ended with a signature, and how many finished?
-- Those that have the same record, kit, tag, mask, memory and operating system are counted together, with when the first was
-- submitted. Of failures without a report the node is told. The example is a job with a record.
SELECT c.provenance, COALESCE(c.kit, '') AS kit, e.tag, COALESCE(e.mask, '') AS mask, e.memory, r.os,
    CASE WHEN r.os IS NULL AND e.failed = 1 THEN e.node END AS node,
    MIN(COALESCE(EPOCH(c.started), EPOCH(e.submitted), EPOCH(e.entered))) AS first, SUM(e.failed) AS failed, SUM(1 - e.failed) AS passed,
    MAX(CASE WHEN c.provenance IS NOT NULL THEN e.dbid END) AS example
FROM (BISECTED_ENDS()) e
LEFT JOIN production_claims c ON c.id = e.claim_id
LEFT JOIN production_reports r ON r.dbid = e.dbid AND r.attempt = e.attempt
GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- name: ends_by_circumstance
-- How many of these steps are there for each run, each node and each part of the time, and when did the first of them end?
WITH ended AS (SELECT e.failed, e.node, e.run, EPOCH(e.entered) AS at FROM (BISECTED_ENDS()) e)
SELECT 'run' AS what, run AS number, '' AS word, MIN(at) AS first, SUM(failed) AS failed, SUM(1 - failed) AS passed
FROM ended GROUP BY run
UNION ALL
SELECT 'time', at / CAST(:part AS bigint) * CAST(:part AS bigint), '', MIN(at), SUM(failed), SUM(1 - failed)
FROM ended WHERE at IS NOT NULL GROUP BY 2
UNION ALL
SELECT 'node', 0, node, MIN(at), SUM(failed), SUM(1 - failed)
FROM ended WHERE node IS NOT NULL GROUP BY node;

-- fragment: BISECTED(j, ended)
-- The row j is one of those that were asked for, and ended in the span of time.
FILTERED({j}) AND {ended} >= AT(CAST(:since AS bigint)) AND {ended} <= AT(CAST(:until AS bigint));

-- name: systems_of_nodes
-- Which operating systems did jobs report on each node, and when first?
SELECT a.node, r.os, MIN(EPOCH(a.started)) AS first
FROM production_attempts a JOIN production_reports r ON r.dbid = a.dbid AND r.attempt = a.attempt
WHERE a.finished >= AT(CAST(:since AS bigint)) AND a.node IS NOT NULL AND r.os IS NOT NULL
GROUP BY a.node, r.os;
