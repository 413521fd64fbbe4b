-- fragment: JUDGED(j, a)
-- What the file catalog is asked about a job j and its newest step a, which jobs of other tools do not have; with REPORTED.
{j}.filename, {j}.outputs_per_job AS outputs, CAST(COALESCE({a}.status, {j}.status) AS text) AS status,
    COALESCE({a}.substatus, {j}.substatus) AS substatus, COALESCE(EPOCH({a}.entered), 0) AS entered,
    COALESCE({a}.exit_code, {j}.exitcode) AS exit_code, EPOCH({j}.submitted) AS submitted, o.md5, r.staged;

-- fragment: REPORTED(j)
-- What the attempt that the job j is in reported of its first output.
LEFT JOIN production_reports r ON r.dbid = {j}.id AND r.attempt = {j}.attempt
LEFT JOIN production_report_outputs o ON o.dbid = {j}.id AND o.attempt = {j}.attempt AND o.lfn = {j}.filename AND o.code = 0;

-- fragment: HEARD(j)
-- The schedd of the job j has told its whole queue within an hour.
EXISTS (SELECT 1 FROM production_harvest h WHERE h.schedd = {j}.schedd AND h.swept >= NOW(-3600));

-- name: due_outputs
-- Of which attempts that ended is the file catalog to be asked now? The columns of one that is not current are empty.
SELECT d.dbid, d.attempt, JUDGED(j, a), 1 AS heard, EPOCH(NOW()) - EPOCH(d.since) AS age
FROM production_due d
LEFT JOIN production_jobs j ON j.id = d.dbid AND j.attempt = d.attempt
LEFT JOIN production_attempts a ON CURRENT_STEP(a, j)
REPORTED(j)
WHERE d.what = 'output' AND d.due <= NOW() ORDER BY d.due, d.dbid, d.attempt LIMIT CAST(:most AS int);

-- name: unheard_jobs
-- Which live jobs, with outputs that are registered, are on schedds that have not told their queue for an hour?
SELECT j.id AS dbid, j.attempt, JUDGED(j, a), 0 AS heard, 0 AS age
FROM production_jobs j
JOIN production_attempts a ON CURRENT_STEP(a, j)
JOIN production_claims c ON c.id = j.claim_id AND c.registers = 1
REPORTED(j)
WHERE j.status IN ('submitted', 'started', 'running', 'evicted') AND j.status NOT IN ('failed', 'finished')
  AND NOT HEARD(j);

-- name: unfinished_jobs
-- Which jobs that match have neither finished nor been removed, held or parked?
SELECT j.id AS dbid, j.attempt, JUDGED(j, a), CASE WHEN HEARD(j) THEN 1 ELSE 0 END AS heard, 0 AS age
FROM production_jobs j
LEFT JOIN production_attempts a ON CURRENT_STEP(a, j)
REPORTED(j)
WHERE FILTERED(j) AND (CAST(:dataset AS text) IS NULL OR j.dataset = CAST(:dataset AS text))
  AND (CAST(:all_segments AS int) = 1 OR OF_SEGMENTS(j, :segments))
  AND j.status IN ('submitted', 'started', 'running', 'evicted', 'failed') AND j.substatus NOT IN ('removed', 'parked')
ORDER BY j.filename;

-- name: failed_among
-- Which of these jobs, with outputs that are registered, have failed and have not been removed?
SELECT j.id AS dbid, j.attempt, JUDGED(j, a), 1 AS heard, 0 AS age
FROM production_jobs j
JOIN production_attempts a ON CURRENT_STEP(a, j)
JOIN production_claims c ON c.id = j.claim_id AND c.registers = 1
REPORTED(j)
WHERE j.id IN (:ids[int]) AND j.status = 'failed' AND j.substatus <> 'removed';

-- name: catalog_files
-- What does the file catalog say of these files?
SELECT d.filename, CAST(d.status AS int) AS status, TEXT(f.md5) AS md5,
       CASE WHEN NO_TIME(f.time) THEN NULL ELSE EPOCH(f.time) END AS time
FROM datasets d LEFT JOIN files f ON f.lfn = d.filename
WHERE d.filename IN (:names[text]);

-- name: prove_attempts
-- Writes into attempts what the file catalog proves, unless they have changed since they were read.
UPDATE production_attempts AS a
SET status = STATE(r.status), substatus = r.substatus, entered = AT(r.entered), finished = COALESCE(AT(r.finished), a.finished)
FROM RECORDS(:rows) AS r(dbid int, attempt int, old_status text, old_substatus text, old_entered bigint, status text,
    substatus text, entered bigint, finished bigint)
WHERE a.dbid = r.dbid AND a.attempt = r.attempt AND NEWEST_STEP(a) AND AS_READ(a, r);

-- name: prove_jobs
-- Writes into jobs what the file catalog proves, where their attempt says so, or as they were if they have no attempt.
UPDATE production_jobs AS j
SET status = STATE(r.status), substatus = r.substatus, finished = COALESCE(AT(r.finished), j.finished)
FROM RECORDS(:rows) AS r(dbid int, attempt int, old_status text, old_substatus text, status text, substatus text,
    entered bigint, finished bigint)
WHERE j.id = r.dbid AND j.attempt = r.attempt
  AND (EXISTS (SELECT 1 FROM production_attempts a WHERE a.dbid = r.dbid AND a.attempt = r.attempt
               AND CAST(a.status AS text) = r.status AND a.substatus = r.substatus AND EPOCH(a.entered) = r.entered)
       OR CAST(j.status AS text) = r.old_status AND j.substatus = r.old_substatus
          AND NOT EXISTS (SELECT 1 FROM production_attempts a WHERE a.dbid = r.dbid));

-- name: settle_outputs
-- Forgets that the file catalog is to be asked about attempts.
DELETE FROM production_due
WHERE (dbid, attempt) IN (SELECT r.dbid, r.attempt FROM RECORDS(:rows) AS r(dbid int, attempt int)) AND what = 'output';

-- name: postpone_outputs
-- Notes when the file catalog is to be asked about attempts again.
UPDATE production_due AS d SET due = AT(r.due)
FROM RECORDS(:rows) AS r(dbid int, attempt int, due bigint)
WHERE d.dbid = r.dbid AND d.attempt = r.attempt AND d.what = 'output';
