-- name: harvest_cursors
-- How far has each schedd been harvested, and when was its queue last compared with the books?
SELECT schedd, cursor, EPOCH(swept) AS swept FROM production_harvest WHERE schedd IN (:schedds[text]);

-- name: save_cursor
-- Notes how far a schedd has been harvested.
INSERT INTO production_harvest (schedd, cursor, harvested) VALUES (:schedd, :cursor, NOW())
ON CONFLICT (schedd) DO UPDATE SET cursor = excluded.cursor, harvested = excluded.harvested;

-- name: note_sweep
-- Notes that the queue of a schedd was compared with the books.
UPDATE production_harvest SET swept = NOW() WHERE schedd = :schedd;

-- name: waiting_clusters
-- Which clusters of the schedd have jobs that wait to be made?
WITH RECURSIVE w(cluster) AS (
    SELECT MIN(j.clusterid) FROM production_jobs j
    WHERE j.schedd = CAST(:schedd AS text) AND j.status = 'submitted' AND j.substatus = 'waiting'
    UNION ALL
    SELECT (SELECT MIN(j.clusterid) FROM production_jobs j
            WHERE j.schedd = CAST(:schedd AS text) AND j.status = 'submitted' AND j.substatus = 'waiting'
              AND j.clusterid > w.cluster)
    FROM w WHERE w.cluster IS NOT NULL)
SELECT cluster FROM w WHERE cluster IS NOT NULL;

-- name: waiting_spans
-- Which of these spans of procs have jobs to mark as waiting, or as waiting no more?
SELECT r.cluster, r.claim, r.low, r.high, r.old_substatus, r.substatus
FROM RECORDS(:rows) AS r(cluster bigint, claim text, low int, high int, old_substatus text, substatus text)
WHERE (SELECT MIN(j.procid) FROM production_jobs j
       WHERE j.schedd = CAST(:schedd AS text) AND j.status = 'submitted' AND j.substatus = r.old_substatus
         AND j.clusterid = r.cluster AND j.procid >= r.low AND j.procid < r.high) IS NOT NULL;

-- name: mark_waiting
-- Marks the jobs of spans of procs as waiting to be made, or as waiting no more.
UPDATE production_jobs AS j SET substatus = r.substatus
FROM RECORDS(:rows) AS r(cluster bigint, claim text, low int, high int, old_substatus text, substatus text)
WHERE j.schedd = CAST(:schedd AS text) AND j.status = 'submitted' AND j.substatus = r.old_substatus
  AND j.clusterid = r.cluster AND j.procid >= r.low AND j.procid < r.high
  AND (r.claim IS NULL OR j.claim_id = r.claim);

-- name: live_attempts
-- Which attempts should the schedd's queue have, and since when is one missed?
-- Other tools may call an ended job live.
SELECT a.dbid, a.attempt, a.clusterid AS cluster, a.procid AS proc, CAST(a.status AS text) AS status, a.substatus,
       EPOCH(a.entered) AS entered, EPOCH(m.first_missed) AS first_missed, CASE WHEN p.dbid IS NULL THEN 0 ELSE 1 END AS kept
FROM production_attempts a
JOIN production_jobs j ON j.id = a.dbid AND j.attempt = a.attempt
LEFT JOIN production_missing m ON m.dbid = a.dbid AND m.attempt = a.attempt
LEFT JOIN production_parked p ON p.dbid = a.dbid AND p.attempt = a.attempt
WHERE j.schedd = CAST(:schedd AS text) AND j.status IN ('submitted', 'started', 'running', 'held', 'evicted')
  AND j.status NOT IN ('failed', 'finished') AND j.substatus NOT IN ('waiting', 'parked') AND j.submitted < AT(CAST(:before AS bigint))
  AND a.status NOT IN ('failed', 'finished') AND NEWEST_STEP(a);

-- name: lost_attempts
-- Which attempts of the schedd are called lost?
SELECT a.dbid, a.attempt, a.clusterid AS cluster, a.procid AS proc, CAST(a.status AS text) AS status, a.substatus,
       EPOCH(a.entered) AS entered, NULL AS first_missed, 0 AS kept
FROM production_attempts a
JOIN production_jobs j ON j.id = a.dbid AND j.attempt = a.attempt
WHERE j.schedd = CAST(:schedd AS text) AND j.status = 'failed' AND j.substatus = 'lost'
  AND NEWEST_STEP(a);

-- name: clear_missing
-- Forgets which attempts of the schedd were missed.
DELETE FROM production_missing
WHERE EXISTS (SELECT 1 FROM production_attempts a
              WHERE a.dbid = production_missing.dbid AND a.attempt = production_missing.attempt
                AND a.schedd = CAST(:schedd AS text));

-- name: note_missing
-- Notes attempts that were missed in a queue, and since when.
INSERT INTO production_missing (dbid, attempt, first_missed)
SELECT r.dbid, r.attempt, COALESCE(AT(r.first_missed), NOW())
FROM RECORDS(:rows) AS r(dbid int, attempt int, first_missed bigint)
WHERE true
ON CONFLICT DO NOTHING;

-- name: lose_attempts
-- Writes into attempts that their job left the queue unseen (lost, removed or parked), unless they have changed since they were read.
UPDATE production_attempts AS a
SET status = STATE(r.status), substatus = r.substatus, entered = COALESCE(a.entered, AT(r.entered))
FROM RECORDS(:rows) AS r(dbid int, attempt int, old_status text, old_substatus text, old_entered bigint, status text,
    substatus text, entered bigint)
WHERE a.dbid = r.dbid AND a.attempt = r.attempt AND AS_READ(a, r);

-- name: lose_jobs
-- Writes into jobs that they left the queue unseen (lost, removed or parked), where their attempt says so.
UPDATE production_jobs AS j
SET status = STATE(r.status), substatus = r.substatus
FROM RECORDS(:rows) AS r(dbid int, attempt int, status text, substatus text)
WHERE j.id = r.dbid AND j.attempt = r.attempt
  AND EXISTS (SELECT 1 FROM production_attempts a WHERE a.dbid = r.dbid AND a.attempt = r.attempt
              AND CAST(a.status AS text) = r.status AND a.substatus = r.substatus);

-- name: recent_rows
-- Which rows may other tools have written over lately: those live by their own word, and those whose attempt ended?
SELECT j.id FROM production_jobs j WHERE j.schedd = CAST(:schedd AS text) AND j.status NOT IN ('failed', 'finished')
UNION
SELECT a.dbid FROM production_attempts a WHERE a.finished >= AT(CAST(:since AS bigint)) AND a.schedd = CAST(:schedd AS text);

-- name: differing_rows
-- Which rows do not say what their current attempt says: the state, or the place in a queue?
-- What other tools and prodcli may write beside the attempt is no difference: `started` of an old worker, jobs that wait to be
-- materialized, stalled jobs, ended jobs whose output was erased.
-- PostgreSQL goes through a whole table unless both tables have the list, SQLite if a claim or schedd of j stands bare.
SELECT d.id AS dbid, CASE WHEN d.state <> d.booked THEN 1 ELSE 0 END AS differs, d.moved
FROM (SELECT j.id, COALESCE(CAST(j.status AS text), '') || '/' || j.substatus AS state,
             CAST(a.status AS text) || '/' || a.substatus AS booked,
             CASE WHEN j.clusterid <> a.clusterid OR j.procid <> a.procid THEN 1 ELSE 0 END AS moved
      FROM production_attempts a
      JOIN production_jobs j ON j.id = a.dbid AND j.attempt = a.attempt AND COALESCE(j.claim_id, '') = a.claim_id
      WHERE a.dbid IN (:ids[int]) AND j.id IN (:ids[int]) AND a.schedd = CAST(:schedd AS text) AND a.status IS NOT NULL
        AND COALESCE(j.schedd, '') = a.schedd
        AND COALESCE(CAST(j.status AS text), '') <> 'submitting' AND NEWEST_STEP(a)) d
WHERE d.moved = 1
   OR d.state <> d.booked
      AND NOT (d.state = 'submitted/waiting' AND d.booked = 'submitted/')
      AND NOT (d.state = 'running/stalled' AND d.booked = 'running/')
      AND NOT (d.state LIKE 'started/%' AND (d.booked LIKE 'submitted/%' OR d.booked LIKE 'running/%' OR d.booked LIKE 'evicted/%'))
      AND NOT (d.state = 'failed/removed' AND (d.booked LIKE 'failed/%' OR d.booked LIKE 'finished/%'));

-- name: mend_states
-- Gives rows of jobs the state that their attempt has.
UPDATE production_jobs AS j
SET status = a.status, substatus = a.substatus, finished = a.finished, exitcode = a.exit_code
FROM production_attempts a
WHERE j.id IN (:ids[int]) AND COALESCE(CAST(j.status AS text), '') <> 'submitting'
  AND a.dbid = j.id AND a.attempt = j.attempt AND a.claim_id = j.claim_id AND a.status IS NOT NULL
  AND NEWEST_STEP(a);

-- name: mend_clusters
-- Gives rows of jobs the cluster and proc that their attempt has, unless another row has them.
UPDATE production_jobs AS j SET clusterid = a.clusterid, procid = a.procid
FROM production_attempts a
WHERE j.id IN (:ids[int]) AND j.clusterid IS NOT NULL
  AND a.dbid = j.id AND a.attempt = j.attempt AND a.claim_id = j.claim_id AND a.schedd = j.schedd
  AND NEWEST_STEP(a)
  AND NOT EXISTS (SELECT 1 FROM production_jobs o
                  WHERE o.schedd = a.schedd AND o.clusterid = a.clusterid AND o.procid = a.procid AND o.id <> j.id);

-- name: products_of
-- Of which production are these jobs?
SELECT j.id AS dbid, j.dataset, j.tag FROM production_jobs j WHERE j.id IN (:ids[int]);
