-- name: excluded_nodes
-- Which nodes do jobs keep away from, by whom and until when?
SELECT id, node, reason, author, EPOCH(added) AS added, EPOCH(expires) AS expires, EXPIRED() AS expired
FROM production_excluded_nodes
WHERE LISTED_NOTE()
ORDER BY id;

-- name: exclude_nodes
-- Notes that jobs keep away from nodes, but those that are noted so already.
INSERT INTO production_excluded_nodes (node, reason, author, added, expires)
SELECT r.node, CAST(:reason AS text), CAST(:author AS text), NOW(), AT(CAST(:expires AS bigint))
FROM RECORDS(:rows) AS r(node text)
WHERE NOT EXISTS (
    SELECT 1 FROM production_excluded_nodes m
    WHERE m.node = r.node AND m.reason = CAST(:reason AS text) AND SAME_EXPIRY(m))
ORDER BY r.node;

-- name: include_nodes
-- Removes the notes of these nodes.
DELETE FROM production_excluded_nodes WHERE node IN (:nodes[text]);

-- name: told_nodes
-- Which list of excluded nodes were the jobs of each schedd told last?
SELECT schedd, COALESCE(nodes, '') FROM production_harvest WHERE schedd IN (:schedds[text]);

-- name: note_told
-- Notes the list of excluded nodes that the jobs of a schedd were told.
INSERT INTO production_harvest (schedd, cursor, harvested, nodes) VALUES (:schedd, '', NOW(), :nodes)
ON CONFLICT (schedd) DO UPDATE SET nodes = excluded.nodes;

-- name: known_nodes
-- On which of these nodes did jobs end lately?
SELECT r.node FROM RECORDS(:rows) AS r(node text)
WHERE EXISTS (SELECT 1 FROM production_attempts a
              WHERE a.finished >= AT(CAST(:since AS bigint))
                AND (lower(a.node) = r.node OR substr(lower(a.node), 1, length(r.node) + 1) = r.node || '.'));

-- name: node_outcomes
-- How did attempts end on each node, how long did they take, and how often?
SELECT node, dsttype, outcome, code, subcode, seconds, COUNT(*) AS jobs
FROM (SELECT node, dsttype, outcome, code, subcode,
             ROUGHLY(took) AS seconds
      FROM (SELECT a.node, j.dsttype, j.tag, j.rulename, j.runnumber,
                   CASE WHEN a.substatus = 'removed' THEN 'held' ELSE CAST(a.status AS text) END AS outcome,
                   CASE WHEN a.substatus = 'removed' THEN a.hold_code END AS code,
                   CASE WHEN a.substatus = 'removed' THEN a.hold_subcode END AS subcode,
                   CASE WHEN a.substatus <> 'removed' THEN EPOCH(a.finished) - EPOCH(a.started) END AS took
            FROM production_attempts a
            JOIN production_jobs j ON j.id = a.dbid
            WHERE a.finished >= AT(CAST(:since AS bigint)) AND a.node IS NOT NULL
              AND (a.status IN ('finished', 'failed') AND a.substatus = ''
                   OR a.status = 'failed' AND a.substatus = 'removed' AND a.hold_code IS NOT NULL)
            UNION ALL
            SELECT a.node, j.dsttype, j.tag, j.rulename, j.runnumber, CAST(a.status AS text),
                   CASE WHEN a.status = 'held' THEN a.hold_code END, CASE WHEN a.status = 'held' THEN a.hold_subcode END,
                   CASE WHEN a.status = 'held' THEN EPOCH(a.entered) - EPOCH(a.started) END
            FROM production_jobs j
            JOIN production_attempts a ON a.dbid = j.id AND a.attempt = j.attempt
            WHERE j.status NOT IN ('failed', 'finished') AND a.entered >= AT(CAST(:since AS bigint))
              AND a.status IN ('held', 'evicted') AND a.node IS NOT NULL) seen
      WHERE FILTERED(seen)) left_there
GROUP BY 1, 2, 3, 4, 5, 6;
