-- fragment: FAILURE_STATE(a, j)
-- What the step a of an attempt of the job j died of, or was held for, whatever it does now; NULL if it is in no trouble.
-- An eviction counts when the job has started again and again.
CASE WHEN {a}.substatus IN ('lost', 'no_output') THEN {a}.substatus
     WHEN {a}.status = 'failed' AND {a}.substatus = '' THEN 'failed'
     WHEN {a}.substatus = 'duplicate' THEN NULL
     WHEN {a}.hold_code IS NOT NULL OR {a}.status = 'held' THEN 'held'
     WHEN {a}.substatus = 'removed' THEN 'removed'
     WHEN {a}.status = 'evicted' AND {j}.jobstarts >= CAST(:restless AS int) THEN 'evicted' END;

-- fragment: TRIED_AGAIN(a)
-- The job went on after the step a of its attempt, and was told to before it was held again.
({a}.status = 'finished'
 OR EXISTS (SELECT 1 FROM production_attempts n WHERE n.dbid = {a}.dbid
            AND (n.attempt > {a}.attempt OR n.attempt = {a}.attempt AND n.step > {a}.step))
 OR EXISTS (SELECT 1 FROM production_action_jobs o JOIN production_actions p ON p.id = o.action_id
            WHERE o.dbid = {a}.dbid AND o.attempt = {a}.attempt AND o.step = {a}.step AND o.status = 'held'
              AND p.state = 'done' AND {a}.status = 'held' AND EPOCH({a}.entered) > o.entered));

-- name: failures_due
-- Which jobs got into trouble or out of it, or have a report now? The newest first.
SELECT id, dbid FROM production_failures_due ORDER BY id DESC LIMIT CAST(:most AS int);

-- name: failures_are_due
-- Is there any job whose failures are to be looked at again?
SELECT 1 FROM production_failures_due LIMIT 1;

-- name: failed_steps
-- What do the books say of every step of the attempts of these jobs, and which signature has it already?
-- The files of a job belong to its last attempt, those of earlier ones are written over; a report to the last step of its attempt.
SELECT a.dbid, a.attempt, a.step, FAILURE_STATE(a, j) AS state,
-- of a hold that is over, the time when it was seen
    COALESCE(CASE WHEN FAILURE_STATE(a, j) = 'held' AND a.status <> 'held' THEN EPOCH(f.entered) END,
             EPOCH(a.entered), EPOCH(a.finished), EPOCH(j.submitted), EPOCH(NOW())) AS entered,
    COALESCE(a.exit_code, r.exit_code) AS exit_code, r.signal, a.hold_code, a.hold_subcode, substr(a.hold_reason, 1, 8000) AS reason,
    CASE WHEN j.status IN ('finished', 'failed', 'held') AND TRIED_AGAIN(a) THEN 1 ELSE 0 END AS retried,
    CASE WHEN j.status = 'finished' AND TRIED_AGAIN(a) THEN 1 ELSE 0 END AS won,
    j.runnumber, j.segment, j.rulename, j.tag, j.dataset, j.dsttype, COALESCE(a.node, CASE WHEN a.attempt = j.attempt THEN j.execution_node END) AS node,
    r.site, r.cpu AS cpu_model, CASE WHEN a.attempt = j.attempt AND NEWEST_STEP(a) THEN j.err END AS err,
    (SELECT m.text FROM production_messages m WHERE m.dbid = a.dbid AND m.attempt = a.attempt AND m.level = 'error'
     ORDER BY m.number DESC LIMIT 1) AS message,
    f.signature_id, s.state AS booked_state, s.code AS booked_code, s.text AS booked_text
FROM production_attempts a
JOIN production_jobs j ON j.id = a.dbid
LEFT JOIN production_reports r ON r.dbid = a.dbid AND r.attempt = a.attempt AND NEWEST_STEP(a)
LEFT JOIN production_failures f ON f.dbid = a.dbid AND f.attempt = a.attempt AND f.step = a.step
LEFT JOIN production_signatures s ON s.id = f.signature_id
WHERE a.dbid IN (:ids[int]);

-- name: insert_signatures
-- Writes signatures; one that is there already stays.
INSERT INTO production_signatures (hash, state, code, text, entry, name, category, first_seen)
SELECT r.hash, r.state, r.code, r.text, r.entry, r.name, r.category, AT(r.first_seen)
FROM RECORDS(:rows) AS r(hash text, state text, code text, text text, entry text, name text, category text, first_seen bigint)
WHERE true
ON CONFLICT DO NOTHING;

-- name: signature_ids
-- Which ids have these signatures?
SELECT hash, id FROM production_signatures WHERE hash IN (:hashes[text]);

-- name: write_machines
-- Writes nodes, with the facility and CPU model that the last job there reported.
INSERT INTO production_machines (node, site, cpu_model, seen)
SELECT r.node, r.site, r.cpu_model, AT(r.seen) FROM RECORDS(:rows) AS r(node text, site text, cpu_model text, seen bigint)
WHERE true
ON CONFLICT (node) DO UPDATE SET site = excluded.site, cpu_model = excluded.cpu_model, seen = excluded.seen
WHERE excluded.seen IS NOT NULL AND (production_machines.seen IS NULL OR excluded.seen >= production_machines.seen);

-- name: machine_ids
-- Which ids have these nodes?
SELECT node, id FROM production_machines WHERE node IN (:nodes[text]);

-- name: remove_failures
-- Forgets failures of jobs that are in no trouble after all, as a lost job that was found.
DELETE FROM production_failures
WHERE (dbid, attempt, step) IN (SELECT r.dbid, r.attempt, r.step FROM RECORDS(:rows) AS r(dbid int, attempt int, step int));

-- name: write_failures
-- Writes failures, and what became of their jobs.
INSERT INTO production_failures (dbid, attempt, step, entered, signature_id, retried, won, runnumber, segment, rulename, tag, dataset,
    dsttype, node, machine_id, hour)
SELECT r.dbid, r.attempt, r.step, AT(r.entered), r.signature_id, r.retried, r.won, r.runnumber, r.segment, r.rulename, r.tag, r.dataset,
    r.dsttype, r.node, r.machine_id, r.hour
FROM RECORDS(:rows) AS r(dbid int, attempt int, step int, entered bigint, signature_id int, retried int, won int, runnumber int,
    segment int, rulename text, tag text, dataset text, dsttype text, node text, machine_id int, hour int)
WHERE true
ON CONFLICT (dbid, attempt, step) DO UPDATE SET entered = excluded.entered, signature_id = excluded.signature_id,
    retried = excluded.retried, won = excluded.won, node = excluded.node, machine_id = excluded.machine_id, hour = excluded.hour;

-- name: settle_failures
-- Forgets that jobs were to be looked at.
DELETE FROM production_failures_due WHERE id IN (:ids[int]);

-- name: err_files_of_jobs
-- What are the err files of these jobs?
SELECT id, err FROM production_jobs WHERE id IN (:ids[int]) AND err IS NOT NULL;

-- name: rename_signatures
-- Gives signatures an entry of the error catalog.
UPDATE production_signatures SET entry = CAST(:entry AS text), name = CAST(:name AS text), category = CAST(:category AS text)
WHERE id IN (:ids[int]);
