-- name: blocking_jobs
-- Which of these outputs have a job in the books, and in which state?
SELECT j.filename, j.id AS dbid, CAST(j.status AS text) AS status
FROM (SELECT * FROM production_jobs WHERE /* constraint */ 1 = 1) j
WHERE j.filename IN (:names[text]);

-- name: count_submitting
-- How many jobs are being submitted under this batch name, apart from these claims?
SELECT COUNT(*) FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id
WHERE j.status = 'submitting' AND c.batch_name = :batch_name AND NOT c.id IN (:latest[text]);

-- name: count_claimed
-- How many jobs were ever claimed under this batch name?
SELECT COALESCE(SUM(n), 0) FROM production_claims WHERE batch_name = :batch_name;

-- name: count_alive
-- How many jobs of this batch name do the books believe to be in the queues of these schedds?
SELECT COUNT(*) FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id
WHERE j.schedd IN (:schedds[text]) AND j.status IN ('submitted', 'started', 'running', 'held', 'evicted')
  AND j.substatus <> 'parked' AND c.batch_name = :batch_name;

-- name: insert_claim
-- Begins a claim, with a lease of ten minutes.
INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name, rule, memory_asked, n,
    state, folder, kit, account, priority, provenance)
VALUES (:claim, :host, :pid, :boot_id, :process_start, NOW(), NOW(+600), :schedd, :batch_name, :rule, :memory_asked, 0,
    'claimed', :folder, CAST(:kit AS text), CAST(:account AS text), CAST(:priority AS int),
    CAST(:provenance AS text));

-- name: claim_new
-- Claims outputs that have no job yet; one that has a job by now, or that an open action erases, is left out.
INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, substatus, submitted,
    submission_host, log, err, out, intriplet, indsttype_str, xferslots, request_memory, request_disk, request_cpus,
    neventsper, outputs_per_job, eventsinrun, maxjobsexpected, schedd, claim_id, attempt, mask)
SELECT CAST(:rulename AS text), CAST(:tag AS text), CAST(:dataset AS text), r.dsttype, r.filename, r.run, r.segment,
    STATE('submitting'), '', NOW(), CAST(:submission_host AS text), r.log, r.stem || '.err', r.stem || '.out',
    CAST(:intriplet AS text), CAST(:indsttype_str AS text), CAST(:xferslots AS int), INTS(:request_memory),
    CAST(:request_disk AS int), CAST(:request_cpus AS int), CAST(:neventsper AS int),
    CAST(:outputs_per_job AS int), r.eventsinrun, r.maxjobsexpected,
    CAST(:schedd AS text), CAST(:claim AS text), 1, CAST(:mask AS text)
FROM RECORDS(:rows) AS r(filename text, dsttype text, run int, segment int, log text, stem text, eventsinrun int,
    maxjobsexpected int)
WHERE NO_OTHER_ACTION(r.filename)
ORDER BY r.filename
ON CONFLICT (filename) DO NOTHING;

-- name: note_taken
-- Notes what rows say before a claim takes them; one that has changed, or that an open action erases, is left out.
INSERT INTO production_taken (claim_id, dbid, attempt, attempt_state, status, substatus, schedd, clusterid, procid, old_claim,
    rulename, tag, dataset, dsttype, submission_host, log, err, out, intriplet, indsttype_str, xferslots, request_memory,
    request_disk, request_cpus, neventsper, outputs_per_job, eventsinrun, maxjobsexpected, mask)
SELECT CAST(:claim AS text), j.id, j.attempt, COALESCE(CAST(a.status AS text), '') || '/' || COALESCE(a.substatus, ''), j.status,
    j.substatus, j.schedd, j.clusterid, j.procid, j.claim_id, j.rulename, j.tag, j.dataset, j.dsttype, j.submission_host, j.log,
    j.err, j.out, j.intriplet, j.indsttype_str, j.xferslots, j.request_memory, j.request_disk, j.request_cpus, j.neventsper,
    j.outputs_per_job, j.eventsinrun, j.maxjobsexpected, j.mask
FROM RECORDS(:rows) AS r(id int, filename text, status text, substatus text, attempt int)
JOIN production_jobs j ON j.id = r.id AND j.filename = r.filename AND j.attempt = r.attempt AND j.substatus = r.substatus
  AND COALESCE(CAST(j.status AS text), '') = COALESCE(r.status, '')
LEFT JOIN production_attempts a ON CURRENT_STEP(a, j)
WHERE NO_OTHER_ACTION(r.filename);

-- name: claim_seen
-- Claims the jobs that note_taken noted, each for a new attempt by the rule as it is now.
UPDATE production_jobs AS j
SET status = STATE('submitting'), substatus = '', schedd = CAST(:schedd AS text), clusterid = NULL, procid = NULL,
    claim_id = CAST(:claim AS text), attempt = t.attempt + 1, rulename = CAST(:rulename AS text), tag = CAST(:tag AS text),
    dataset = CAST(:dataset AS text), dsttype = r.dsttype, submission_host = CAST(:submission_host AS text), log = r.log,
    err = r.stem || '.err', out = r.stem || '.out', intriplet = CAST(:intriplet AS text),
    indsttype_str = CAST(:indsttype_str AS text), xferslots = CAST(:xferslots AS int),
    request_memory = INTS(:request_memory), request_disk = CAST(:request_disk AS int),
    request_cpus = CAST(:request_cpus AS int), neventsper = CAST(:neventsper AS int),
    outputs_per_job = CAST(:outputs_per_job AS int), eventsinrun = r.eventsinrun, maxjobsexpected = r.maxjobsexpected,
    mask = CAST(:mask AS text)
FROM RECORDS(:rows) AS r(id int, dsttype text, log text, stem text, eventsinrun int, maxjobsexpected int),
    production_taken t
WHERE t.claim_id = CAST(:claim AS text) AND t.dbid = r.id AND j.id = r.id AND j.attempt = t.attempt;

-- name: claim_as_it_was
-- Claims the jobs that note_taken noted, each for a new attempt with all else as it was.
UPDATE production_jobs AS j
SET status = STATE('submitting'), substatus = '', schedd = CAST(:schedd AS text), clusterid = NULL, procid = NULL,
    claim_id = CAST(:claim AS text), attempt = t.attempt + 1, submission_host = CAST(:submission_host AS text)
FROM production_taken t
WHERE t.claim_id = CAST(:claim AS text) AND j.id = t.dbid AND j.attempt = t.attempt;

-- name: note_what_jobs_leave
-- Notes whether the jobs of a claim write reports, and whether their outputs are registered: 1 or 0.
-- And for how many seconds a running job may show no CPU, events or output; and the limits of quality results, and the services that they need, as JSON.
UPDATE production_claims
SET reports = CAST(:reports AS int), registers = CAST(:registers AS int), quiet_cpu = CAST(:quiet_cpu AS int),
    quiet_events = CAST(:quiet_events AS int), quiet_output = CAST(:quiet_output AS int), quality = CAST(:quality AS text),
    needs = CAST(:needs AS text)
WHERE id = :claim;

-- name: expect_more_jobs
-- Writes how many jobs and events are expected of runs into all rows of these runs, where they expected fewer.
UPDATE production_jobs AS j SET eventsinrun = r.eventsinrun, maxjobsexpected = r.maxjobsexpected
FROM RECORDS(:rows) AS r(dsttype text, run int, eventsinrun int, maxjobsexpected int)
WHERE j.runnumber = r.run AND j.tag = CAST(:tag AS text) AND j.dataset = CAST(:dataset AS text) AND j.dsttype = r.dsttype
  AND j.maxjobsexpected < r.maxjobsexpected;

-- name: note_what_jobs_make
-- Notes the product of a claim, and how many outputs each of its jobs makes.
UPDATE production_claims
SET tag = CAST(:tag AS text), dataset = CAST(:dataset AS text), dsttype = CAST(:dsttype AS text),
    outputs_per_job = CAST(:outputs_per_job AS int)
WHERE id = :claim;

-- name: other_outputs_per_job
-- How many outputs do jobs of a product make that make another number of them?
SELECT c.outputs_per_job FROM production_claims c
WHERE c.tag = :tag AND c.dataset = :dataset AND (c.dsttype = :dsttype OR c.rule = :rule)
  AND c.outputs_per_job <> CAST(:outputs_per_job AS int)
  AND EXISTS (SELECT 1 FROM production_jobs j WHERE j.claim_id = c.id)
LIMIT 1;

-- name: note_what_jobs_made_before
-- Notes of the jobs of a claim what the books say of them: their product, and how many outputs each makes.
UPDATE production_claims AS c
SET tag = j.tag, dataset = j.dataset, dsttype = j.dsttype, outputs_per_job = j.outputs_per_job
FROM (SELECT MIN(tag) AS tag, MIN(dataset) AS dataset, MIN(dsttype) AS dsttype, MIN(outputs_per_job) AS outputs_per_job
      FROM production_jobs WHERE claim_id = CAST(:claim AS text)) j
WHERE c.id = CAST(:claim AS text);

-- name: note_what_jobs_left_before
-- Notes of the jobs of a claim what their claims before said: whether they write reports, whether outputs are registered.
-- And for how long a running job may show no sign of life.
UPDATE production_claims AS n
SET reports = COALESCE(b.reports, 0), registers = COALESCE(b.registers, 0), quiet_cpu = b.quiet_cpu,
    quiet_events = b.quiet_events, quiet_output = b.quiet_output
FROM (SELECT MAX(c.reports) AS reports, MAX(c.registers) AS registers, MAX(c.quiet_cpu) AS quiet_cpu,
          MAX(c.quiet_events) AS quiet_events, MAX(c.quiet_output) AS quiet_output
      FROM production_taken t JOIN production_claims c ON c.id = t.old_claim WHERE t.claim_id = CAST(:claim AS text)) b
WHERE n.id = CAST(:claim AS text);

-- fragment: LATEST(reported, before)
-- What was reported of the attempt since its job was taken, else what the row said before.
CASE WHEN t.attempt_state <> CAST(a.status AS text) || '/' || a.substatus THEN {reported} ELSE {before} END;

-- name: put_back
-- Gives the rows of a released claim back what they said before, or what their last attempt says by now.
UPDATE production_jobs AS j
SET status = LATEST(a.status, t.status), substatus = LATEST(a.substatus, t.substatus),
    finished = LATEST(a.finished, j.finished), exitcode = LATEST(a.exit_code, j.exitcode),
    schedd = t.schedd, clusterid = t.clusterid, procid = t.procid, claim_id = t.old_claim, attempt = t.attempt,
    rulename = t.rulename, tag = t.tag, dataset = t.dataset, dsttype = t.dsttype, submission_host = t.submission_host,
    log = t.log, err = t.err, out = t.out, intriplet = t.intriplet, indsttype_str = t.indsttype_str, xferslots = t.xferslots,
    request_memory = t.request_memory, request_disk = t.request_disk, request_cpus = t.request_cpus, neventsper = t.neventsper,
    outputs_per_job = t.outputs_per_job, eventsinrun = t.eventsinrun, maxjobsexpected = t.maxjobsexpected, mask = t.mask
FROM production_taken t
LEFT JOIN production_attempts a ON a.dbid = t.dbid AND a.attempt = t.attempt AND NEWEST_STEP(a)
WHERE t.claim_id = CAST(:claim AS text) AND j.id = t.dbid AND j.claim_id = CAST(:claim AS text) AND j.status = 'submitting'
  AND j.attempt = t.attempt + 1;

-- name: forget_taken
-- Forgets what note_taken noted of jobs that are not being submitted any more.
DELETE FROM production_taken
WHERE claim_id = CAST(:claim AS text) AND NOT EXISTS (
    SELECT 1 FROM production_jobs j
    WHERE j.id = production_taken.dbid AND j.claim_id = CAST(:claim AS text) AND j.status = 'submitting');

-- name: has_taken
-- Has the claim taken jobs that had an attempt before?
SELECT 1 FROM production_taken WHERE claim_id = :claim LIMIT 1;

-- name: keep_attempts
-- Keeps the last attempt of the jobs that a claim took, unless it is kept already.
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_used, node, started, finished,
    exit_code, status, substatus, entered)
SELECT t.dbid, t.attempt, 0, t.old_claim, t.schedd, t.clusterid, t.procid, j.memoryusage, j.execution_node, j.started, j.finished,
    j.exitcode, t.status, t.substatus, j.finished
-- a cross join, so that SQLite goes through the records once, and not for each row
FROM RECORDS(:rows) AS r(id int) CROSS JOIN production_taken t CROSS JOIN production_jobs j
WHERE t.claim_id = CAST(:claim AS text) AND t.dbid = r.id
  AND j.id = t.dbid AND j.claim_id = CAST(:claim AS text) AND j.status = 'submitting'
ON CONFLICT DO NOTHING;

-- name: end_attempts
-- Calls the last attempt of the jobs that a claim took lost, unless it ended or is parked.
UPDATE production_attempts AS a SET status = STATE('failed'), substatus = 'lost'
FROM RECORDS(:rows) AS r(id int) CROSS JOIN production_taken t CROSS JOIN production_jobs j
WHERE t.claim_id = CAST(:claim AS text) AND t.dbid = r.id
  AND j.id = t.dbid AND j.claim_id = CAST(:claim AS text) AND j.status = 'submitting'
  AND a.dbid = t.dbid AND a.attempt = t.attempt
  AND (a.status IS NULL OR a.status NOT IN ('failed', 'finished')) AND a.substatus <> 'parked'
  AND NEWEST_STEP(a);

-- name: claimed_rows
-- Which rows did the claim win?
SELECT filename, id AS dbid, attempt FROM production_jobs WHERE claim_id = :claim AND status = 'submitting';

-- name: count_claim
-- Writes how many jobs a claim has.
UPDATE production_claims SET n = CAST(:n AS int) WHERE id = :claim;

-- name: claim_exists
-- Is there such a claim, and with how many jobs?
SELECT n FROM production_claims WHERE id = :claim;

-- name: renew_lease
-- Extends the lease of a claim by ten minutes, while it is still its claimant's.
UPDATE production_claims SET lease_until = NOW(+600)
WHERE id = :claim AND state = 'claimed' AND lease_until > NOW() AND OF_CLAIMANT();

-- name: yield_ids
-- Frees a cluster's number in rows of other claims: a schedd that starts anew gives its numbers again.
UPDATE production_jobs
SET clusterid = NULL, procid = NULL, substatus = CASE WHEN substatus = 'waiting' THEN '' ELSE substatus END
WHERE schedd = (SELECT c.schedd FROM production_claims c WHERE c.id = :claim) AND clusterid = CAST(:cluster AS bigint)
  AND (claim_id IS NULL OR claim_id <> CAST(:claim AS text));

-- name: yield_taken
-- Frees a cluster's number in what is noted of jobs that were taken.
UPDATE production_taken
SET clusterid = NULL, procid = NULL, substatus = CASE WHEN substatus = 'waiting' THEN '' ELSE substatus END
WHERE schedd = (SELECT c.schedd FROM production_claims c WHERE c.id = :claim) AND clusterid = CAST(:cluster AS bigint);

-- name: record_submitted
-- Writes cluster and procs into the rows of a claim, and clears what the last attempt left there.
-- Columns that have an index are named though they stay: where PostgreSQL is not told that they change, it looks through each
-- full page of their indexes for rows that are dead by now. There are none, as what is replaced was written a moment ago, and
-- the search is a fifth of the work. Source: PostgreSQL manual, Bottom-Up Index Deletion.
UPDATE production_jobs AS j
SET SAME(runnumber), SAME(rulename), SAME(tag), SAME(claim_id), status = 'submitted', clusterid = CAST(:cluster AS bigint),
    procid = r.procid, submitted = NOW(), started = NULL, finished = NULL, exitcode = NULL, jobstarts = NULL,
    execution_node = NULL, memoryusage = NULL, memoryprovisioned = NULL, diskusage = NULL, remoteusercpu = NULL,
    remotesyscpu = NULL
FROM RECORDS(:rows) AS r(id int, procid int)
-- not by the index over claims: SQLite would go through all records for each row
WHERE j.id = r.id AND COALESCE(j.claim_id, '') = CAST(:claim AS text) AND j.status = 'submitting';

-- name: record_attempts
-- Begins an attempt for each job of a claim that was submitted.
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_asked, status, substatus)
SELECT j.id, j.attempt, 0, j.claim_id, j.schedd, j.clusterid, j.procid, c.memory_asked, j.status, ''
FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id
WHERE j.claim_id = :claim AND j.clusterid = CAST(:cluster AS bigint)
ON CONFLICT DO NOTHING;

-- name: recorded_procs
-- Which procs of the cluster are recorded for the claim?
SELECT procid FROM production_jobs WHERE claim_id = :claim AND clusterid = CAST(:cluster AS bigint);

-- name: close_claim
-- Ends a claim that is still open.
UPDATE production_claims SET state = :state WHERE id = :claim AND state = 'claimed';

-- name: release_rows
-- Removes the new rows of a claim whose jobs were not submitted.
DELETE FROM production_jobs WHERE claim_id = :claim AND status = 'submitting' AND attempt = 1;

-- name: release_claim
-- Ends a claim as released, while it is still its claimant's.
UPDATE production_claims SET state = 'released'
WHERE id = :claim AND state = 'claimed' AND OF_CLAIMANT();

-- name: existing_rows
-- Which of these rows are there?
SELECT id FROM production_jobs WHERE id IN (:ids[int]);
