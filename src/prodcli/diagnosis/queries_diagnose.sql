-- fragment: ENTERED_IN_TIME(x)
-- The time x lies in the time that was asked for, if any.
(CAST(:since AS bigint) IS NULL OR {x} >= AT(CAST(:since AS bigint)))
  AND (CAST(:until AS bigint) IS NULL OR {x} < AT(CAST(:until AS bigint)));

-- fragment: CHOSEN_FAILURE(f)
-- The row f of production_failures meets the conditions of a question about failures.
FILTERED({f}) AND ENTERED_IN_TIME({f}.entered)
  AND (CAST(:any_node AS int) = 1 OR EXISTS (
       SELECT 1 FROM RECORDS(:nodes) AS n(name text)
       WHERE {f}.node LIKE n.name ESCAPE '!' OR {f}.node LIKE n.name || '.%' ESCAPE '!'))
  AND (CAST(:any_signature AS int) = 1 OR {f}.signature_id IN (:signatures[int]))
  AND (CAST(:any_category AS int) = 1 OR {f}.signature_id IN (
       SELECT c.id FROM production_signatures c WHERE c.category IN (:categories[text])))
  AND (CAST(:all_dbids AS int) = 1 OR {f}.dbid IN (:dbids[int]));

-- name: counted_failures
-- How many of the chosen failures have each signature, rule and hour of the day, and when did they come?
SELECT g.signature_id AS signature, g.rulename AS rule, g.hour, g.failures, EPOCH(g.first) AS first, EPOCH(g.last) AS last,
    g.least_dbid, g.greatest_dbid
FROM (SELECT f.signature_id, f.rulename, f.hour, COUNT(*) AS failures,
             MIN(f.entered) AS first, MAX(f.entered) AS last, MIN(f.dbid) AS least_dbid, MAX(f.dbid) AS greatest_dbid
      FROM production_failures f WHERE CHOSEN_FAILURE(f) GROUP BY 1, 2, 3) g;

-- name: signatures_by_id
-- What are these signatures?
SELECT id, state, code, text, entry, name, category FROM production_signatures WHERE id IN (:ids[int]);

-- name: retries_of_signatures
-- After how many failures with each of these signatures did the job go on and end again, and how many finished then?
SELECT signature_id, CAST(SUM(retried) AS bigint) AS retried, CAST(SUM(won) AS bigint) AS won
FROM production_failures
WHERE signature_id IN (:ids[int]) AND entered >= AT(CAST(:since AS bigint))
GROUP BY signature_id;

-- name: holds_before_failures
-- For what were jobs held that were released where they were, and failed then, and how many of them have finished since?
SELECT a.hold_code || '/' || COALESCE(a.hold_subcode, 0) AS code, COALESCE(substr(a.hold_reason, 1, 2000), '') AS reason,
    COUNT(*) AS retried, CAST(SUM(CASE WHEN j.status = 'finished' THEN 1 ELSE 0 END) AS bigint) AS won
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
WHERE a.hold_code IS NOT NULL AND a.entered >= AT(CAST(:since AS bigint)) AND a.status = 'failed' AND a.substatus = ''
  AND j.status IN ('finished', 'failed', 'held') AND HELD_FOR(a, :codes)
GROUP BY 1, 2;

-- name: failures_by_machine
-- How many of the chosen failures with each signature came on which facilities, CPU models, and nodes?
-- A node has a row of its own if so many failures of the signature came there; the others are counted together.
SELECT c.signature_id AS signature, CASE WHEN c.failures >= l.failures THEN m.node END AS node, m.site, m.cpu_model,
    COUNT(*) AS nodes, CAST(SUM(c.failures) AS bigint) AS failures
FROM (SELECT f.signature_id, f.machine_id, COUNT(*) AS failures
      FROM production_failures f WHERE f.machine_id IS NOT NULL AND CHOSEN_FAILURE(f) GROUP BY 1, 2) c
JOIN production_machines m ON m.id = c.machine_id
JOIN RECORDS(:least) AS l(signature int, failures int) ON l.signature = c.signature_id
GROUP BY 1, 2, 3, 4;

-- fragment: RECENT_FAILURE(s, place)
-- The job of the newest of the chosen failures with a signature, or of the one at a place after the newest.
(SELECT f.dbid FROM production_failures f WHERE f.signature_id = {s}.id AND f.entered < AT({s}.before) AND CHOSEN_FAILURE(f)
 ORDER BY f.entered DESC, f.dbid DESC, f.attempt DESC, f.step DESC LIMIT 1 OFFSET {place});

-- name: failure_examples
-- Which jobs are the newest examples of each of these signatures, whose last failures came before a time?
SELECT s.id, RECENT_FAILURE(s, 0) AS first, RECENT_FAILURE(s, 1) AS second, RECENT_FAILURE(s, 2) AS third
FROM RECORDS(:newest) AS s(id int, before bigint);

-- name: listed_failures
-- Which are the newest of the chosen failures, what did the jobs fail of, and did a retry help?
SELECT f.signature_id AS key, s.state, s.code, s.name, s.text, EPOCH(f.entered) AS entered, f.tag, f.dataset, f.dsttype, f.runnumber AS run,
    f.segment, f.node, f.dbid, f.attempt, f.retried, f.won
FROM production_failures f
JOIN production_signatures s ON s.id = f.signature_id
WHERE CHOSEN_FAILURE(f)
ORDER BY f.entered DESC, f.dbid DESC, f.attempt DESC, f.step DESC LIMIT :most;

-- name: finished_jobs_to_compare
-- On which nodes, facilities and CPU models did some jobs finish, and in which hour of the day?
SELECT j.rulename AS rule, lower(a.node) AS node, r.site, r.cpu AS cpu_model, EPOCH(a.finished) % 86400 / 3600 AS hour
FROM production_jobs j
JOIN production_attempts a ON CURRENT_STEP(a, j)
LEFT JOIN production_reports r ON r.dbid = j.id AND r.attempt = j.attempt
WHERE j.id IN (:ids[int]) AND j.status = 'finished' AND FILTERED(j) AND ENTERED_IN_TIME(a.finished);

-- name: jobs_beside
-- How many of these rows of jobs, which lie among the failures with a signature, are jobs of each rule that run or have finished?
SELECT r.signature, j.rulename AS rule, COUNT(*) AS well
FROM RECORDS(:rows) AS r(signature int, id int)
JOIN production_jobs j ON j.id = r.id
WHERE j.status IN ('finished', 'running') AND j.substatus <> 'stalled' AND FILTERED(j)
GROUP BY r.signature, j.rulename;

-- name: count_stalled
-- How many running jobs of the tags, dsttypes, rules and runs that were asked for show no sign of life?
SELECT COUNT(*) FROM production_jobs j
WHERE j.status NOT IN ('failed', 'finished') AND j.status = 'running' AND j.substatus = 'stalled' AND FILTERED(j);

-- name: failures_in_outages
-- How many of the chosen failures with each signature began in each of these times, and when did the first and last?
SELECT g.signature, g.outage, g.failures, EPOCH(g.first) AS first, EPOCH(g.last) AS last
FROM (SELECT f.signature_id AS signature, o.number AS outage, COUNT(*) AS failures, MIN(f.entered) AS first, MAX(f.entered) AS last
      FROM RECORDS(:outages) AS o(number int, since bigint, until bigint)
      JOIN production_failures f ON f.entered >= AT(o.since) AND (o.until IS NULL OR f.entered < AT(o.until))
      WHERE CHOSEN_FAILURE(f)
      GROUP BY f.signature_id, o.number) g;

-- name: finish_times_to_compare
-- When did some jobs finish?
SELECT EPOCH(a.finished) AS finished
FROM production_jobs j
JOIN production_attempts a ON CURRENT_STEP(a, j)
WHERE j.id IN (:ids[int]) AND j.status = 'finished' AND a.finished IS NOT NULL AND FILTERED(j) AND ENTERED_IN_TIME(a.finished);
