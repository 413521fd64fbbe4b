-- name: seen_jobs
-- What do the books say of the jobs of these outputs, as a claim must find them again?
SELECT SEEN(j) FROM production_jobs j WHERE j.filename IN (:names[text]);

-- name: booked_attempts
-- What do the books say of the attempts of these jobs, and is one parked?
SELECT a.dbid, a.attempt, CAST(a.status AS text) AS status, a.substatus, EPOCH(a.entered) AS entered, a.schedd,
    a.clusterid AS cluster, a.procid AS proc,
    CASE WHEN EXISTS (SELECT 1 FROM production_parked p WHERE p.dbid = a.dbid AND p.attempt = a.attempt) THEN 1 ELSE 0 END AS kept
FROM production_attempts a
WHERE a.dbid IN (:ids[int]) AND a.attempt > 0 AND a.status IS NOT NULL AND NEWEST_STEP(a);

-- name: harvest_attempts
-- Writes what a schedd reported of attempts, unless they have changed since they were read.
UPDATE production_attempts AS a
SET status = STATE(r.status), substatus = r.substatus, entered = AT(r.entered),
    node = COALESCE(r.node, a.node), started = COALESCE(AT(r.started), a.started), finished = AT(r.finished),
    exit_code = r.exit_code, memory_asked = COALESCE(r.memory_asked, a.memory_asked),
    memory_used = COALESCE(r.memory_used, a.memory_used),
    hold_reason = COALESCE(r.hold_reason, a.hold_reason), hold_code = COALESCE(r.hold_code, a.hold_code),
    hold_subcode = COALESCE(r.hold_subcode, a.hold_subcode)
FROM RECORDS(:rows) AS r(dbid int, attempt int, old_status text, old_substatus text, old_entered bigint, status text,
    substatus text, entered bigint, node text, started bigint, finished bigint, exit_code int, memory_used int,
    memory_asked int, hold_reason text, hold_code int, hold_subcode int)
WHERE a.dbid = r.dbid AND a.attempt = r.attempt AND NEWEST_STEP(a) AND AS_READ(a, r);

-- name: harvest_jobs
-- Writes what a schedd reported into the rows of jobs whose attempt took it.
UPDATE production_jobs AS j
SET status = STATE(r.status), substatus = r.substatus, execution_node = COALESCE(r.node, j.execution_node),
    started = COALESCE(AT(r.started), j.started), finished = AT(r.finished), exitcode = r.exit_code,
    remoteusercpu = COALESCE(r.user_cpu, j.remoteusercpu), remotesyscpu = COALESCE(r.sys_cpu, j.remotesyscpu),
    memoryusage = COALESCE(r.memory_used, j.memoryusage),
    memoryprovisioned = COALESCE(r.memory_provisioned, j.memoryprovisioned),
    diskusage = COALESCE(r.disk_used, j.diskusage),
    jobstarts = COALESCE(r.num_starts, j.jobstarts)
FROM RECORDS(:rows) AS r(dbid int, attempt int, status text, substatus text, entered bigint, node text, started bigint,
    finished bigint, exit_code int, user_cpu float, sys_cpu float, memory_used int, memory_provisioned int,
    disk_used int, num_starts int)
WHERE j.id = r.dbid AND j.attempt = r.attempt
  AND EXISTS (SELECT 1 FROM production_attempts a WHERE a.dbid = r.dbid AND a.attempt = r.attempt
              AND CAST(a.status AS text) = r.status AND a.substatus = r.substatus AND EPOCH(a.entered) = r.entered);

-- name: note_due
-- Notes what is still to be learned of attempts that ended, as their claim wants it: a report, a registered output.
INSERT INTO production_due (dbid, attempt, what, since, due)
SELECT j.id, j.attempt, w.what, NOW(), NOW()
FROM RECORDS(:rows) AS r(dbid int, attempt int, status text, substatus text)
JOIN production_jobs j ON j.id = r.dbid AND j.attempt = r.attempt AND CAST(j.status AS text) = r.status AND j.substatus = r.substatus
JOIN production_claims c ON c.id = j.claim_id
JOIN (SELECT 'report' AS what UNION ALL SELECT 'output') w
  ON w.what = 'report' AND c.reports = 1 OR w.what = 'output' AND c.registers = 1 AND r.substatus <> 'removed'
WHERE true
ON CONFLICT (dbid, attempt, what) DO UPDATE SET due = excluded.due;

-- name: database_clock
-- What time is it, by the database's clock?
SELECT EPOCH(NOW());

-- fragment: CHOSEN_ROW(j)
-- The row j of production_jobs meets the conditions of a filter of jobs that are about rows alone.
FILTERED({j})
  AND (CAST(:dataset AS text) IS NULL OR {j}.dataset = CAST(:dataset AS text))
  AND (CAST(:all_segments AS int) = 1 OR OF_SEGMENTS({j}, :segments))
  AND (CAST(:all_states AS int) = 1 OR CAST({j}.status AS text) IN (:states[text]) OR {j}.substatus IN (:states[text]))
  AND (CAST(:all_clusters AS int) = 1 OR EXISTS (
       SELECT 1 FROM RECORDS(:clusters) AS c(cluster bigint, proc int, schedd text)
       WHERE c.cluster = {j}.clusterid AND (c.proc IS NULL OR c.proc = {j}.procid)
         AND (c.schedd IS NULL OR c.schedd = {j}.schedd)))
  AND (CAST(:all_dbids AS int) = 1 OR {j}.id IN (:dbids[int]));

-- fragment: CHOSEN(j, a)
-- The job of the row j, in the step a of its attempt, meets the conditions of a filter of jobs.
CHOSEN_ROW({j})
  AND (CAST(:hold_reason AS text) IS NULL
       OR ({j}.status IN ('held', 'failed') AND lower({a}.hold_reason) LIKE lower(CAST(:hold_reason AS text)) ESCAPE '!'))
  AND (CAST(:all_codes AS int) = 1 OR ({j}.status IN ('held', 'failed') AND EXISTS (
       SELECT 1 FROM RECORDS(:codes) AS c(code int, subcode int)
       WHERE c.code = {a}.hold_code AND (c.subcode IS NULL OR c.subcode = COALESCE({a}.hold_subcode, 0)))))
  AND (CAST(:any_signature AS int) = 1 OR EXISTS (
       SELECT 1 FROM production_failures f
       WHERE f.dbid = {j}.id AND f.attempt = {a}.attempt AND f.step = {a}.step AND f.signature_id IN (:signatures[int])
         AND {j}.status IN ('held', 'failed', 'evicted')))
  AND (CAST(:any_node AS int) = 1 OR EXISTS (
       SELECT 1 FROM RECORDS(:nodes) AS n(name text)
       WHERE lower(COALESCE({a}.node, {j}.execution_node)) LIKE lower(n.name) ESCAPE '!'
         OR lower(COALESCE({a}.node, {j}.execution_node)) LIKE lower(n.name) || '.%' ESCAPE '!'))
  AND (CAST(:older AS bigint) IS NULL
       OR COALESCE(EPOCH({a}.entered), EPOCH({j}.submitted), 0) <= EPOCH(NOW()) - CAST(:older AS bigint))
  AND (CAST(:since AS bigint) IS NULL OR COALESCE(EPOCH({a}.entered), EPOCH({j}.submitted), 0) >= CAST(:since AS bigint));

-- fragment: SIGNS_OF(j)
-- The signs of life of the job j, which is stalled.
FROM production_signs s WHERE {j}.substatus = 'stalled' AND s.dbid = {j}.id AND s.attempt = {j}.attempt;

-- fragment: MATCHING_JOBS()
-- The jobs that match a filter, with all that a recovery verb needs to know.
SELECT j.id AS dbid, j.attempt, a.step, j.schedd, COALESCE(j.clusterid, a.clusterid, 0) AS cluster,
    COALESCE(j.procid, a.procid, 0) AS proc, CAST(j.status AS text) AS status, j.substatus,
    COALESCE(EPOCH(a.entered), 0) AS entered, 
    COALESCE((SELECT CASE s.stalled WHEN 'no CPU' THEN EPOCH(s.cpu_at) WHEN 'no events' THEN EPOCH(s.events_at)
                     ELSE EPOCH(s.output_at) END SIGNS_OF(j)), EPOCH(a.entered), EPOCH(j.submitted), 0) AS since,
    a.memory_asked, a.memory_used, CAST(j.request_memory AS text) AS ladder,
    CASE WHEN j.status IN ('held', 'failed') THEN a.hold_reason END AS hold_reason,
    CASE WHEN j.status IN ('held', 'failed') THEN a.hold_code END AS hold_code,
    CASE WHEN j.status IN ('held', 'failed') THEN a.hold_subcode END AS hold_subcode,
    COALESCE(a.node, j.execution_node) AS node, j.rulename AS rule, j.tag, j.dsttype, j.runnumber AS run, j.segment,
    COALESCE(a.exit_code, j.exitcode) AS exit_code, j.err, COALESCE(j.jobstarts, 0) AS starts,
    (SELECT COUNT(*) FROM production_attempts f
     WHERE f.dbid = j.id AND f.status = 'failed' AND f.substatus IN ('', 'no_output')) AS failures,
    (SELECT MAX(m.memory_asked) FROM production_attempts m WHERE m.dbid = j.id) AS memory_most,
    (SELECT MAX(m.memory_used) FROM production_attempts m WHERE m.dbid = j.id) AS most_used,
-- one that is on hold may ask for its next step already: then what it had was its limit
    (SELECT MAX(CASE WHEN m.attempt = j.attempt AND m.step = a.step AND j.memoryprovisioned < m.memory_asked
                THEN j.memoryprovisioned ELSE m.memory_asked END)
     FROM production_attempts m
     WHERE m.dbid = j.id AND HELD_FOR(m, :memory_codes)) AS memory_limit,
    COALESCE((SELECT s.stalled SIGNS_OF(j)), '') AS stalled,
    CASE WHEN j.substatus = 'stalled' THEN (
        SELECT COUNT(*) FROM production_signs s WHERE s.dbid = j.id AND s.stalled <> '') ELSE 0 END AS stalls
FROM production_jobs j
JOIN production_attempts a ON CURRENT_STEP(a, j)
WHERE j.schedd IN (:schedds[text]) AND CHOSEN(j, a);

-- name: queued_jobs
-- Which jobs that match a filter are in a queue, as the books have it?
-- The first words are those of the partial index over live jobs; the last make it look better to SQLite than the one over clusters.
MATCHING_JOBS() AND j.status NOT IN ('failed', 'finished') AND j.status <> 'submitting' AND j.substatus <> 'parked'
  AND j.clusterid + j.procid IS NOT NULL;

-- name: failed_jobs
-- Which jobs that match a filter failed?
MATCHING_JOBS() AND j.status = 'failed';

-- name: parked_jobs
-- Which jobs that match a filter are parked?
MATCHING_JOBS() AND PARKED(j);

-- name: duplicate_rows
-- What do the rows say whose file name is that of others, too?
SELECT id AS dbid, filename, CAST(status AS text) AS status, clusterid AS cluster, procid AS proc, EPOCH(submitted) AS submitted
FROM production_jobs
WHERE filename IN (SELECT filename FROM production_jobs WHERE filename IS NOT NULL GROUP BY filename HAVING COUNT(*) > 1)
ORDER BY filename, id;

-- name: archive_duplicates
-- Keeps rows that go as attempts of the row that stays.
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_used, node, started,
    finished, exit_code, status, substatus, filename)
SELECT r.kept, r.attempt, 0, j.claim_id, j.schedd, j.clusterid, j.procid, j.memoryusage, j.execution_node, j.started,
    j.finished, j.exitcode, j.status, 'duplicate', j.filename
FROM RECORDS(:rows) AS r(id int, kept int, attempt int)
JOIN production_jobs j ON j.id = r.id
WHERE true
ON CONFLICT DO NOTHING;

-- name: delete_rows
-- Removes rows of jobs.
DELETE FROM production_jobs WHERE id IN (:ids[int]);
