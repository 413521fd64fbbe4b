-- name: intend_action
-- Begins an action: who wants to do what, from which process.
INSERT INTO production_actions (id, verb, account, host, pid, boot_id, process_start, started, reason, state, jobs, parameters, result)
VALUES (:action, :verb, :account, :host, :pid, :boot_id, :process_start, NOW(), :reason, 'intended', 0, :parameters, '');

-- name: note_action
-- Writes an action that is done already, for the log.
INSERT INTO production_actions (id, verb, account, host, pid, boot_id, process_start, started, finished, reason, state, jobs, parameters,
    result)
VALUES (:action, :verb, :account, :host, :pid, :boot_id, :process_start, NOW(), NOW(), :reason, 'done', :jobs, :parameters, :result);

-- name: intend_jobs
-- Notes the jobs that an action is about; a job that has changed, or that another open action has, is left out.
INSERT INTO production_action_jobs (action_id, dbid, attempt, step, schedd, clusterid, procid, status, entered, memory_before,
    memory_after)
SELECT CAST(:action AS text), r.dbid, r.attempt, r.step, r.schedd, r.cluster, r.proc, r.status, r.entered, r.memory_before,
    r.memory_after
FROM RECORDS(:rows) AS r(dbid int, attempt int, step int, schedd text, cluster bigint, proc int, status text,
    entered bigint, memory_before int, memory_after int)
JOIN production_jobs j ON j.id = r.dbid AND j.attempt = r.attempt AND CAST(j.status AS text) = r.status
JOIN production_attempts a ON a.dbid = r.dbid AND a.attempt = r.attempt AND a.step = r.step
  AND COALESCE(EPOCH(a.entered), 0) = r.entered
WHERE NOT EXISTS (
    SELECT 1 FROM production_action_jobs o JOIN production_actions p ON p.id = o.action_id
    WHERE o.dbid = r.dbid AND p.state = 'intended');

-- name: intend_outputs
-- Notes the outputs that an action is about; an output that has changed, or that another open action has, is left out.
INSERT INTO production_action_outputs (action_id, filename, dbid, attempt, status)
SELECT CAST(:action AS text), r.filename, r.dbid, r.attempt, CAST(j.status AS text)
FROM RECORDS(:rows) AS r(filename text, dbid int, attempt int)
LEFT JOIN production_jobs j ON j.filename = r.filename
WHERE (j.id IS NULL AND r.dbid IS NULL OR j.id = r.dbid AND j.attempt = r.attempt AND (j.status IS NULL OR j.status <> 'submitting'
       OR j.schedd IS NULL))
  AND NO_OTHER_ACTION(r.filename);

-- name: action_outputs
-- Which outputs is the action about?
SELECT o.filename FROM production_action_outputs o WHERE o.action_id = :action ORDER BY o.filename;

-- name: changed_action_outputs
-- How many outputs of the action have another job or attempt by now?
SELECT COUNT(*) FROM production_action_outputs o
WHERE o.action_id = :action AND CASE WHEN o.dbid IS NULL
    THEN EXISTS (SELECT 1 FROM production_jobs j WHERE j.filename = o.filename)
    ELSE NOT EXISTS (SELECT 1 FROM production_jobs j WHERE j.id = o.dbid AND j.attempt = o.attempt) END;

-- name: touch_action
-- Notes how far an action is, and that its process lives.
UPDATE production_actions SET touched = NOW(), result = :result WHERE id = :action AND state = 'intended';

-- name: count_action
-- Writes how many jobs and outputs an action is about.
UPDATE production_actions
SET jobs = (SELECT COUNT(*) FROM production_action_jobs o WHERE o.action_id = CAST(:action AS text))
    + (SELECT COUNT(*) FROM production_action_outputs o WHERE o.action_id = CAST(:action AS text))
WHERE id = CAST(:action AS text);

-- name: action_exists
-- Is there such an action, and about how many jobs?
SELECT jobs FROM production_actions WHERE id = :action;

-- name: action_jobs
-- Which jobs is the action about, and in which state were they?
SELECT o.dbid, o.attempt, o.step, o.schedd, o.clusterid AS cluster, o.procid AS proc, o.status, o.entered, o.memory_before,
    o.memory_after
FROM production_action_jobs o JOIN production_actions p ON p.id = o.action_id
WHERE p.id = :action ORDER BY o.dbid;

-- name: open_actions
-- Which actions are open: whose are they, and in how many seconds may others settle them?
SELECT id, verb, host, pid, boot_id, process_start,
    COALESCE(EPOCH(touched), EPOCH(started)) + 3600 - EPOCH(NOW()) AS seconds_left, parameters, result AS progress
FROM production_actions WHERE state = 'intended' ORDER BY started;

-- name: changed_action_jobs
-- How many jobs of the action are not as they were any more?
SELECT COUNT(*) FROM production_action_jobs o
WHERE o.action_id = :action AND NOT EXISTS (
    SELECT 1 FROM production_attempts a
    WHERE a.dbid = o.dbid AND a.attempt = o.attempt AND a.step = o.step AND CAST(a.status AS text) = o.status
      AND COALESCE(EPOCH(a.entered), 0) = o.entered
-- a job may be parked in the second in which it was held; one that is to come back was parked before
      AND (a.substatus <> 'parked' OR EXISTS (SELECT 1 FROM production_actions p WHERE p.id = o.action_id AND p.verb <> 'park'))
      AND NOT EXISTS (SELECT 1 FROM production_jobs j WHERE j.id = o.dbid AND j.attempt > o.attempt));

-- name: new_clusters
-- In which clusters are the newer attempts of the jobs of the action?
SELECT DISTINCT j.schedd, j.clusterid
FROM production_action_jobs o JOIN production_jobs j ON j.id = o.dbid
WHERE o.action_id = :action AND j.attempt > o.attempt AND j.schedd IS NOT NULL AND j.clusterid IS NOT NULL
ORDER BY j.schedd, j.clusterid;

-- name: climb_attempts
-- Begins the next step of attempts whose memory an action changed and which have moved since.
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_asked, node, started, finished,
    exit_code, hold_reason, hold_code, hold_subcode, status, substatus, entered)
SELECT a.dbid, a.attempt, a.step + 1, a.claim_id, a.schedd, a.clusterid, a.procid, o.memory_after, a.node, a.started, a.finished,
    a.exit_code, CASE WHEN a.status = 'held' THEN a.hold_reason END, CASE WHEN a.status = 'held' THEN a.hold_code END,
    CASE WHEN a.status = 'held' THEN a.hold_subcode END, a.status, a.substatus, a.entered
FROM production_action_jobs o
JOIN production_attempts a ON a.dbid = o.dbid AND a.attempt = o.attempt AND a.step = o.step
WHERE o.action_id = :action AND o.memory_after IS NOT NULL
  AND (CAST(a.status AS text) <> o.status OR COALESCE(EPOCH(a.entered), 0) <> o.entered)
ON CONFLICT DO NOTHING;

-- name: restore_steps
-- Gives the former step of attempts back the memory and state that it had before the action.
UPDATE production_attempts AS a
SET memory_asked = o.memory_before, status = STATE(o.status), substatus = '', entered = AT(o.entered)
FROM production_action_jobs o
WHERE o.action_id = :action AND o.memory_after IS NOT NULL AND a.dbid = o.dbid AND a.attempt = o.attempt AND a.step = o.step
  AND EXISTS (SELECT 1 FROM production_attempts b WHERE b.dbid = a.dbid AND b.attempt = a.attempt AND b.step = a.step + 1);

-- name: finish_action
-- Ends an action with its result.
UPDATE production_actions SET state = 'done', finished = NOW(), result = :result WHERE id = :action AND state = 'intended';

-- name: logged_actions
-- Which actions were taken, by whom, on which jobs and with which result?
SELECT p.id, EPOCH(p.started) AS started, p.verb, p.account, p.host, p.state, p.jobs, p.result, p.reason, p.parameters
FROM production_actions p
WHERE (CAST(:verb AS text) IS NULL OR p.verb = CAST(:verb AS text))
  AND (CAST(:since AS bigint) IS NULL OR p.started >= AT(CAST(:since AS bigint)))
  AND (CAST(:all_dbids AS int) = 1 OR EXISTS (
       SELECT 1 FROM production_action_jobs o WHERE o.action_id = p.id AND o.dbid IN (:dbids[int]))
       OR EXISTS (SELECT 1 FROM production_action_outputs o WHERE o.action_id = p.id AND o.dbid IN (:dbids[int])))
  AND (CAST(:any_tag AS int) = 1
       OR EXISTS (SELECT 1 FROM RECORDS(:patterns) AS r(pattern text) WHERE p.parameters LIKE r.pattern ESCAPE '!')
       OR EXISTS (SELECT 1 FROM production_action_jobs o JOIN production_jobs j ON j.id = o.dbid
                  WHERE o.action_id = p.id AND j.tag IN (:tags[text]))
       OR EXISTS (SELECT 1 FROM production_action_outputs o JOIN production_jobs j ON j.id = o.dbid
                  WHERE o.action_id = p.id AND j.tag IN (:tags[text])))
ORDER BY p.started, p.id;

-- name: logged_verbs
-- Of which verbs are there actions?
SELECT DISTINCT verb FROM production_actions ORDER BY verb;

-- name: action_subjects
-- Of which tags and dsttypes are the jobs and outputs of some actions?
SELECT o.action_id AS action, j.tag, j.dsttype
FROM production_action_jobs o JOIN production_jobs j ON j.id = o.dbid WHERE o.action_id IN (:actions[text])
UNION
SELECT o.action_id AS action, j.tag, j.dsttype
FROM production_action_outputs o JOIN production_jobs j ON j.id = o.dbid WHERE o.action_id IN (:actions[text])
ORDER BY action, tag, dsttype;
