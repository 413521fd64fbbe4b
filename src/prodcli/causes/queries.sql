-- name: retried_jobs
-- Which jobs went on after they were held, failed or stalled for one of these reasons, and did they finish?
SELECT DISTINCT 'held' AS state, a.hold_code AS code, COALESCE(a.hold_subcode, 0) AS subcode,
    substr(a.hold_reason, 1, 2000) AS reason, '' AS dsttype, a.dbid, CASE WHEN j.status = 'finished' THEN 1 ELSE 0 END AS won
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
WHERE a.hold_code IS NOT NULL AND a.entered >= AT(CAST(:since AS bigint)) AND j.status IN ('finished', 'failed', 'held')
  AND HELD_FOR(a, :holds)
-- it went on as another attempt or step, or where it was: until it ended, or was held again after somebody did something to it
  AND (a.status = 'finished' OR a.status = 'failed' AND a.substatus = ''
       OR EXISTS (SELECT 1 FROM production_attempts n WHERE n.dbid = a.dbid
                  AND (n.attempt > a.attempt OR n.attempt = a.attempt AND n.step > a.step))
       OR EXISTS (SELECT 1 FROM production_action_jobs o JOIN production_actions p ON p.id = o.action_id
                  WHERE o.dbid = a.dbid AND o.attempt = a.attempt AND o.step = a.step AND o.status = 'held'
                    AND p.state = 'done' AND a.status = 'held' AND EPOCH(a.entered) > o.entered))
UNION ALL
SELECT DISTINCT CASE WHEN a.substatus = '' THEN 'failed' ELSE a.substatus END, COALESCE(a.exit_code, -1), 0, '', j.dsttype, a.dbid,
    CASE WHEN j.status = 'finished' THEN 1 ELSE 0 END
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
WHERE a.status = 'failed' AND a.entered >= AT(CAST(:since AS bigint)) AND j.status IN ('finished', 'failed', 'held')
  AND a.attempt < j.attempt
  AND EXISTS (SELECT 1 FROM RECORDS(:ends) AS e(state text, code int, dsttype text)
              WHERE e.state = CASE WHEN a.substatus = '' THEN 'failed' ELSE a.substatus END
                AND e.code = COALESCE(a.exit_code, -1) AND e.dsttype = j.dsttype)
UNION ALL
SELECT 'stalled', 0, 0, s.stalled, '', s.dbid, CASE WHEN j.status = 'finished' THEN 1 ELSE 0 END
FROM production_signs s JOIN production_jobs j ON j.id = s.dbid
WHERE s.stalled <> '' AND s.attempt < j.attempt AND s.seen >= AT(CAST(:since AS bigint)) AND j.status IN ('finished', 'failed', 'held');

-- name: signatures_of_jobs
-- Which signatures have the failures of these steps of attempts?
SELECT f.dbid, s.id, s.state, s.code, s.text, s.entry, s.name, s.category
FROM RECORDS(:rows) AS r(dbid int, attempt int, step int)
JOIN production_failures f ON f.dbid = r.dbid AND f.attempt = r.attempt AND f.step = r.step
JOIN production_signatures s ON s.id = f.signature_id;
