-- ---------------------------------------------------------------- daq: what the detector did

-- name: daq_runs
SELECT r.runnumber, TEXT(r.runtype), r.eventsinrun,
       CASE WHEN NO_TIME(r.brtimestamp) OR NO_TIME(r.ertimestamp) THEN NULL ELSE SECONDS(r.brtimestamp, r.ertimestamp) END,
       CASE WHEN NO_TIME(r.brtimestamp) THEN 'brtimestamp ' || CAST(r.brtimestamp AS text)
            WHEN NO_TIME(r.ertimestamp) THEN 'ertimestamp ' || CAST(r.ertimestamp AS text) END
FROM run r
JOIN RECORDS(:spans) AS s(low int, high int) ON r.runnumber BETWEEN s.low AND s.high;

-- name: host_presence
SELECT n.runnumber, TEXT(n.runtype), n.asked, TEXT(h.hostname), h.serverid
FROM (SELECT k.runnumber, k.runtype, k.asked,
             MAX(k.asked) OVER (PARTITION BY k.runtype ORDER BY k.runnumber
                 ROWS BETWEEN CAST(:neighbours AS int) PRECEDING AND CAST(:neighbours AS int) FOLLOWING) AS near
      FROM (SELECT r.runnumber, r.runtype,
                   CASE WHEN EXISTS (SELECT 1 FROM RECORDS(:spans) AS s(low int, high int)
                                     WHERE r.runnumber BETWEEN s.low AND s.high) THEN 1 ELSE 0 END AS asked
            FROM run r
            WHERE EXISTS (SELECT 1 FROM hostinfo i WHERE i.runnumber = r.runnumber)) k) n
JOIN hostinfo h ON h.runnumber = n.runnumber
WHERE n.near = 1;

-- An end later than tomorrow is none: clocks of all time zones are within a day of each other.
-- name: new_runs
SELECT r.runnumber FROM run r
CROSS JOIN (SELECT MAX(e.ertimestamp) AS newest FROM run e CROSS JOIN (SELECT NOW() AS clock) c
            WHERE NOT NO_TIME(e.ertimestamp) AND SECONDS(c.clock, e.ertimestamp) <= 86400) n
WHERE NOT NO_TIME(r.ertimestamp) AND SECONDS(r.ertimestamp, n.newest) BETWEEN 0 AND CAST(:window AS int);

-- name: transferred_runs
SELECT f.runnumber FROM filelist f
JOIN RECORDS(:spans) AS s(low int, high int) ON f.runnumber BETWEEN s.low AND s.high
GROUP BY f.runnumber HAVING MIN(CASE WHEN f.transferred_to_sdcc THEN 1 ELSE 0 END) = 1;

-- name: runs_of_table
SELECT DISTINCT /* key */ NULL FROM /* table */ run;

-- ---------------------------------------------------------------- raw: raw files by run and host

-- name: raw_hosts
SELECT d.runnumber, d.daqhost, COUNT(*),
       SUM(CASE WHEN CAST(d.status AS bigint) > 0 THEN 1 ELSE 0 END),
       SUM(CASE WHEN CAST(d.status AS bigint) > 0 AND d.segment = 0 THEN 1 ELSE 0 END)
FROM datasets d
WHERE d.runnumber IN (:runs[int]) AND d.daqhost IN (:hosts[text])
GROUP BY d.runnumber, d.daqhost;

-- name: raw_off_disk
SELECT d.daqhost, d.segment, d.status FROM datasets d
WHERE d.runnumber = :run AND d.daqhost IN (:hosts[text]) AND (d.status IS NULL OR d.status <= 0)
ORDER BY d.daqhost, d.segment;

-- name: raw_strangers
SELECT DISTINCT TEXT(d.daqhost) FROM datasets d
WHERE d.runnumber = :run AND NOT (d.daqhost IN (:hosts[text]))
ORDER BY 1;

-- name: raw_host_bits
SELECT d.runnumber, bit_or(m.mask)
FROM datasets d
JOIN RECORDS(:inputs) AS m(name text, mask bigint) ON m.name = d.daqhost
WHERE d.runnumber IN (:runs[int])
GROUP BY d.runnumber;

-- ---------------------------------------------------------------- filecatalog: produced files

-- name: segment_inputs
SELECT s.runnumber, LISTED(s.segment), s.present, s.on_disk
FROM (SELECT d.runnumber, d.segment, bit_or(m.mask) AS present,
             bit_or(CASE WHEN CAST(d.status AS bigint) > 0 THEN m.mask ELSE 0 END) AS on_disk
      FROM (SELECT * FROM datasets WHERE tag = :tag AND dataset = :dataset AND /* constraint */ 1 = 1) d
      JOIN RECORDS(:inputs) AS m(name text, mask bigint) ON m.name = d.dsttype
      WHERE d.runnumber IN (:runs[int]) AND SEGMENT(d.segment)
      GROUP BY d.runnumber, d.segment) s
GROUP BY s.runnumber, s.present, s.on_disk;

-- OFFSET keeps PostgreSQL from going through all files of all runs at once: it looks for one of each run.
-- name: runs_with_inputs
SELECT r.run FROM RECORDS(:runs) AS r(run int)
WHERE EXISTS (SELECT 1 FROM (SELECT * FROM datasets WHERE tag = :tag AND dataset = :dataset AND /* constraint */ 1 = 1) d
              WHERE d.runnumber = r.run AND d.dsttype IN (:inputs[text]) AND SEGMENT(d.segment) LIMIT 1 OFFSET 0);

-- name: produced_files
SELECT DISTINCT filename FROM datasets WHERE filename IN (:names[text]);

-- name: produced_details
SELECT d.filename, d.status, TEXT(f.full_file_path),
       CASE WHEN NO_TIME(f.time) THEN NULL ELSE EPOCH(f.time) END
FROM datasets d LEFT JOIN files f ON f.lfn = d.filename
WHERE d.filename IN (:names[text]) ORDER BY d.filename;

-- name: placed_files
SELECT DISTINCT lfn FROM files WHERE lfn IN (:names[text]);

-- name: named_files
SELECT DISTINCT TEXT(d.filename) FROM datasets d
JOIN RECORDS(:spans) AS s(low int, high int) ON d.runnumber BETWEEN s.low AND s.high
WHERE d.filename LIKE CAST(:pattern AS text) ESCAPE '!';

-- name: catalog_rows
SELECT d.filename, COUNT(*), CAST(COALESCE(MAX(d.size), 0) AS bigint) FROM datasets d WHERE d.filename IN (:names[text])
GROUP BY d.filename;

-- name: file_places
SELECT lfn, full_file_path FROM files WHERE lfn IN (:names[text]);

-- name: delete_datasets
DELETE FROM datasets WHERE filename IN (:names[text]);

-- name: delete_files
DELETE FROM files WHERE lfn IN (:names[text]);

-- name: register_datasets
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, status, tag)
SELECT r.filename, r.runnumber, r.segment, r.size, CAST(:dataset AS text), r.dsttype, r.events, 1, CAST(:tag AS text)
FROM RECORDS(:rows) AS r(filename text, runnumber int, segment int, size bigint, dsttype text, events bigint)
WHERE true
ON CONFLICT DO NOTHING;

-- name: register_files
INSERT INTO files (lfn, full_host_name, full_file_path, time, size, md5)
SELECT r.filename, CAST(:host AS text), r.path, AT(r.mtime), r.size, r.md5
FROM RECORDS(:rows) AS r(filename text, path text, mtime bigint, size bigint, md5 text)
WHERE true
ON CONFLICT DO NOTHING;

-- ---------------------------------------------------------------- production: claims

-- name: blocking_jobs
SELECT j.filename, j.id, CAST(j.status AS text)
FROM (SELECT * FROM production_jobs WHERE /* constraint */ 1 = 1) j
WHERE j.filename IN (:names[text]);

-- name: seen_jobs
SELECT j.filename, j.id, CAST(j.status AS text), j.substatus, j.attempt, j.schedd, j.clusterid, j.procid
FROM production_jobs j WHERE j.filename IN (:names[text]);

-- name: blocking_details
SELECT j.filename, CAST(j.status AS text), COALESCE(j.substatus, ''), COALESCE(EPOCH(a.entered), EPOCH(j.submitted)),
    j.clusterid, j.procid, j.schedd, CASE WHEN j.status = 'held' THEN a.hold_code END, a.hold_subcode, a.hold_reason,
    COALESCE(a.exit_code, j.exitcode), COALESCE(a.node, j.execution_node), a.memory_asked,
    COALESCE(a.memory_used, j.memoryusage), j.err
FROM production_jobs j
LEFT JOIN production_attempts a ON a.dbid = j.id AND a.attempt = j.attempt
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = j.id AND b.attempt = j.attempt)
WHERE j.filename IN (:names[text]) ORDER BY j.filename;

-- name: blocking_groups
SELECT CAST(j.status AS text), COALESCE(j.substatus, ''), CASE WHEN j.status = 'held' THEN a.hold_code END,
    CASE WHEN j.status = 'held' THEN a.hold_subcode END, j.runnumber, COUNT(*)
FROM production_jobs j
LEFT JOIN production_attempts a ON a.dbid = j.id AND a.attempt = j.attempt
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = j.id AND b.attempt = j.attempt)
WHERE j.filename IN (:names[text])
GROUP BY 1, 2, 3, 4, 5;

-- name: count_submitting
SELECT COUNT(*) FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id
WHERE j.status = 'submitting' AND c.batch_name = :batch_name AND NOT c.id IN (:latest[text]);

-- name: count_claimed
SELECT COALESCE(SUM(n), 0) FROM production_claims WHERE batch_name = :batch_name;

-- name: count_alive
SELECT COUNT(*) FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id
WHERE j.schedd IN (:schedds[text]) AND j.status IN ('submitted', 'started', 'running', 'held', 'evicted')
  AND j.substatus <> 'parked' AND c.batch_name = :batch_name;

-- name: insert_claim
INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name, rule, memory_asked, n,
    state, folder)
VALUES (:claim, :host, :pid, :boot_id, :process_start, NOW(), NOW(+600), :schedd, :batch_name, :rule, :memory_asked, 0,
    'claimed', :folder);

-- name: claim_new
INSERT INTO production_jobs (rulename, tag, dataset, dsttype, filename, runnumber, segment, status, substatus, submitted,
    submission_host, log, err, out, intriplet, indsttype_str, xferslots, request_memory, request_disk, request_cpus,
    neventsper, eventsinrun, maxjobsexpected, schedd, claim_id, attempt, mask)
SELECT CAST(:rulename AS text), CAST(:tag AS text), CAST(:dataset AS text), r.dsttype, r.filename, r.run, r.segment,
    STATE('submitting'), '', NOW(), CAST(:submission_host AS text), r.log, r.stem || '.err', r.stem || '.out',
    CAST(:intriplet AS text), CAST(:indsttype_str AS text), CAST(:xferslots AS int), INTS(:request_memory),
    CAST(:request_disk AS int), CAST(:request_cpus AS int), CAST(:neventsper AS int), r.eventsinrun, r.maxjobsexpected,
    CAST(:schedd AS text), CAST(:claim AS text), 1, CAST(:mask AS text)
FROM RECORDS(:rows) AS r(filename text, dsttype text, run int, segment int, log text, stem text, eventsinrun int,
    maxjobsexpected int)
WHERE NOT EXISTS (
    SELECT 1 FROM production_action_outputs o JOIN production_actions p ON p.id = o.action_id
    WHERE o.filename = r.filename AND p.state = 'intended' AND p.id <> CAST(:action AS text))
ORDER BY r.filename
ON CONFLICT (filename) DO NOTHING;

-- name: note_taken
INSERT INTO production_taken (claim_id, dbid, attempt, attempt_state, status, substatus, schedd, clusterid, procid, old_claim,
    rulename, tag, dataset, dsttype, submission_host, log, err, out, intriplet, indsttype_str, xferslots, request_memory,
    request_disk, request_cpus, neventsper, eventsinrun, maxjobsexpected, mask)
SELECT CAST(:claim AS text), j.id, j.attempt, COALESCE(CAST(a.status AS text), '') || '/' || COALESCE(a.substatus, ''), j.status,
    j.substatus, j.schedd, j.clusterid, j.procid, j.claim_id, j.rulename, j.tag, j.dataset, j.dsttype, j.submission_host, j.log,
    j.err, j.out, j.intriplet, j.indsttype_str, j.xferslots, j.request_memory, j.request_disk, j.request_cpus, j.neventsper,
    j.eventsinrun, j.maxjobsexpected, j.mask
FROM RECORDS(:rows) AS r(id int, filename text, status text, substatus text, attempt int)
JOIN production_jobs j ON j.id = r.id AND j.filename = r.filename AND j.attempt = r.attempt AND j.substatus = r.substatus
  AND COALESCE(CAST(j.status AS text), '') = COALESCE(r.status, '')
LEFT JOIN production_attempts a ON a.dbid = j.id AND a.attempt = j.attempt
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = j.id AND b.attempt = j.attempt)
WHERE NOT EXISTS (
    SELECT 1 FROM production_action_outputs o JOIN production_actions p ON p.id = o.action_id
    WHERE o.filename = r.filename AND p.state = 'intended' AND p.id <> CAST(:action AS text));

-- name: claim_seen
UPDATE production_jobs AS j
SET status = STATE('submitting'), substatus = '', schedd = CAST(:schedd AS text), clusterid = NULL, procid = NULL,
    claim_id = CAST(:claim AS text), attempt = t.attempt + 1, rulename = CAST(:rulename AS text), tag = CAST(:tag AS text),
    dataset = CAST(:dataset AS text), dsttype = r.dsttype, submission_host = CAST(:submission_host AS text), log = r.log,
    err = r.stem || '.err', out = r.stem || '.out', intriplet = CAST(:intriplet AS text),
    indsttype_str = CAST(:indsttype_str AS text), xferslots = CAST(:xferslots AS int),
    request_memory = INTS(:request_memory), request_disk = CAST(:request_disk AS int),
    request_cpus = CAST(:request_cpus AS int), neventsper = CAST(:neventsper AS int), eventsinrun = r.eventsinrun,
    maxjobsexpected = r.maxjobsexpected, mask = CAST(:mask AS text)
FROM RECORDS(:rows) AS r(id int, dsttype text, log text, stem text, eventsinrun int, maxjobsexpected int),
    production_taken t
WHERE t.claim_id = CAST(:claim AS text) AND t.dbid = r.id AND j.id = r.id AND j.attempt = t.attempt;

-- name: claim_as_it_was
UPDATE production_jobs AS j
SET status = STATE('submitting'), substatus = '', schedd = CAST(:schedd AS text), clusterid = NULL, procid = NULL,
    claim_id = CAST(:claim AS text), attempt = t.attempt + 1, submission_host = CAST(:submission_host AS text)
FROM production_taken t
WHERE t.claim_id = CAST(:claim AS text) AND j.id = t.dbid AND j.attempt = t.attempt;

-- name: put_back
UPDATE production_jobs AS j
SET status = CASE WHEN t.attempt_state <> CAST(a.status AS text) || '/' || a.substatus THEN a.status ELSE t.status END,
    substatus = CASE WHEN t.attempt_state <> CAST(a.status AS text) || '/' || a.substatus THEN a.substatus ELSE t.substatus END,
    finished = CASE WHEN t.attempt_state <> CAST(a.status AS text) || '/' || a.substatus THEN a.finished ELSE j.finished END,
    exitcode = CASE WHEN t.attempt_state <> CAST(a.status AS text) || '/' || a.substatus THEN a.exit_code ELSE j.exitcode END,
    schedd = t.schedd, clusterid = t.clusterid, procid = t.procid, claim_id = t.old_claim, attempt = t.attempt,
    rulename = t.rulename, tag = t.tag, dataset = t.dataset, dsttype = t.dsttype, submission_host = t.submission_host,
    log = t.log, err = t.err, out = t.out, intriplet = t.intriplet, indsttype_str = t.indsttype_str, xferslots = t.xferslots,
    request_memory = t.request_memory, request_disk = t.request_disk, request_cpus = t.request_cpus, neventsper = t.neventsper,
    eventsinrun = t.eventsinrun, maxjobsexpected = t.maxjobsexpected, mask = t.mask
FROM production_taken t
LEFT JOIN production_attempts a ON a.dbid = t.dbid AND a.attempt = t.attempt
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = t.dbid AND b.attempt = t.attempt)
WHERE t.claim_id = CAST(:claim AS text) AND j.id = t.dbid AND j.claim_id = CAST(:claim AS text) AND j.status = 'submitting'
  AND j.attempt = t.attempt + 1;

-- name: forget_taken
DELETE FROM production_taken
WHERE claim_id = CAST(:claim AS text) AND NOT EXISTS (
    SELECT 1 FROM production_jobs j
    WHERE j.id = production_taken.dbid AND j.claim_id = CAST(:claim AS text) AND j.status = 'submitting');

-- name: has_taken
SELECT 1 FROM production_taken WHERE claim_id = :claim LIMIT 1;

-- name: keep_attempts
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
UPDATE production_attempts AS a SET status = STATE('failed'), substatus = 'lost'
FROM RECORDS(:rows) AS r(id int) CROSS JOIN production_taken t CROSS JOIN production_jobs j
WHERE t.claim_id = CAST(:claim AS text) AND t.dbid = r.id
  AND j.id = t.dbid AND j.claim_id = CAST(:claim AS text) AND j.status = 'submitting'
  AND a.dbid = t.dbid AND a.attempt = t.attempt
  AND (a.status IS NULL OR a.status NOT IN ('failed', 'finished')) AND a.substatus <> 'parked'
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = t.dbid AND b.attempt = t.attempt);

-- name: claimed_rows
SELECT filename, id, attempt FROM production_jobs WHERE claim_id = :claim AND status = 'submitting';

-- name: count_claim
UPDATE production_claims SET n = CAST(:n AS int) WHERE id = :claim;

-- name: claim_exists
SELECT n FROM production_claims WHERE id = :claim;

-- name: renew_lease
UPDATE production_claims SET lease_until = NOW(+600)
WHERE id = :claim AND state = 'claimed' AND lease_until > NOW()
  AND host = :host AND pid = :pid AND boot_id = :boot_id AND process_start = :process_start;

-- name: yield_ids
UPDATE production_jobs
SET clusterid = NULL, procid = NULL, substatus = CASE WHEN substatus = 'waiting' THEN '' ELSE substatus END
WHERE schedd = (SELECT c.schedd FROM production_claims c WHERE c.id = :claim) AND clusterid = CAST(:cluster AS bigint)
  AND (claim_id IS NULL OR claim_id <> CAST(:claim AS text));

-- name: yield_taken
UPDATE production_taken
SET clusterid = NULL, procid = NULL, substatus = CASE WHEN substatus = 'waiting' THEN '' ELSE substatus END
WHERE schedd = (SELECT c.schedd FROM production_claims c WHERE c.id = :claim) AND clusterid = CAST(:cluster AS bigint);

-- Columns that have an index are named though they stay: where PostgreSQL is not told that they change, it looks through each
-- full page of their indexes for rows that are dead by now. There are none, as what is replaced was written a moment ago, and
-- the search is a fifth of the work. Source: PostgreSQL manual, Bottom-Up Index Deletion.
-- name: record_submitted
UPDATE production_jobs AS j
SET SAME(runnumber), SAME(rulename), SAME(tag), SAME(claim_id), status = 'submitted', clusterid = CAST(:cluster AS bigint),
    procid = r.procid, submitted = NOW(), started = NULL, finished = NULL, exitcode = NULL, jobstarts = NULL,
    execution_node = NULL, memoryusage = NULL, memoryprovisioned = NULL, diskusage = NULL, remoteusercpu = NULL,
    remotesyscpu = NULL
FROM RECORDS(:rows) AS r(id int, procid int)
-- not by the index over claims: SQLite would go through all records for each row
WHERE j.id = r.id AND COALESCE(j.claim_id, '') = CAST(:claim AS text) AND j.status = 'submitting';

-- name: record_attempts
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_asked, status, substatus)
SELECT j.id, j.attempt, 0, j.claim_id, j.schedd, j.clusterid, j.procid, c.memory_asked, j.status, ''
FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id
WHERE j.claim_id = :claim AND j.clusterid = CAST(:cluster AS bigint)
ON CONFLICT DO NOTHING;

-- name: recorded_procs
SELECT procid FROM production_jobs WHERE claim_id = :claim AND clusterid = CAST(:cluster AS bigint);

-- name: close_claim
UPDATE production_claims SET state = :state WHERE id = :claim AND state = 'claimed';

-- name: release_rows
DELETE FROM production_jobs WHERE claim_id = :claim AND status = 'submitting' AND attempt = 1;

-- name: release_claim
UPDATE production_claims SET state = 'released'
WHERE id = :claim AND state = 'claimed'
  AND host = :host AND pid = :pid AND boot_id = :boot_id AND process_start = :process_start;

-- ---------------------------------------------------------------- production: reconcile

-- name: open_claims
SELECT c.id, c.state, c.host, c.pid, c.boot_id, c.process_start, EPOCH(c.lease_until) - EPOCH(NOW()), c.schedd, c.rule,
    c.folder, (SELECT COUNT(*) FROM production_jobs j WHERE j.claim_id = c.id AND j.status = 'submitting')
FROM production_claims c WHERE c.state = 'claimed'
UNION ALL
SELECT j.claim_id, COALESCE(c.state, 'missing'), '', 0, '', '', -1, j.schedd, MIN(j.rulename), COALESCE(c.folder, ''),
    COUNT(*)
FROM production_jobs j LEFT JOIN production_claims c ON c.id = j.claim_id
WHERE j.schedd IN (:schedds[text]) AND j.status = 'submitting' AND j.claim_id IS NOT NULL
-- in the words of the partial index, else SQLite does not see that it will do
  AND j.status NOT IN ('failed', 'finished')
  AND (c.id IS NULL OR c.state <> 'claimed')
GROUP BY j.claim_id, c.state, j.schedd, c.folder;

-- name: take_over
UPDATE production_claims SET host = :host, pid = :pid, boot_id = :boot_id, process_start = :process_start, lease_until = NOW(+600)
WHERE id = :claim AND state = 'claimed'
  AND host = :old_host AND pid = :old_pid AND boot_id = :old_boot_id AND process_start = :old_process_start;

-- name: reopen_claim
INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name, rule, memory_asked, n,
    state, folder)
SELECT j.claim_id, CAST(:host AS text), CAST(:pid AS int), CAST(:boot_id AS text), CAST(:process_start AS text), NOW(),
    NOW(+600), MIN(j.schedd), '', MIN(j.rulename), 0, COUNT(*), 'claimed', ''
FROM production_jobs j WHERE j.claim_id = :claim AND j.status = 'submitting' GROUP BY j.claim_id
ON CONFLICT (id) DO UPDATE SET state = 'claimed', host = excluded.host, pid = excluded.pid, boot_id = excluded.boot_id,
    process_start = excluded.process_start, lease_until = excluded.lease_until
WHERE production_claims.state <> 'claimed';

-- name: existing_rows
SELECT id FROM production_jobs WHERE id IN (:ids[int]);

-- name: unbooked_jobs
SELECT r.cluster, r.proc, j.id, CAST(j.status AS text), j.claim_id, j.attempt, j.schedd, j.clusterid
FROM RECORDS(:jobs) AS r(cluster bigint, proc int, dbid bigint, attempt int, claim text)
LEFT JOIN production_jobs j ON j.id = r.dbid
WHERE j.id IS NULL OR j.attempt <> r.attempt OR COALESCE(j.claim_id, '') <> r.claim
   OR COALESCE(j.schedd, '') <> :schedd OR COALESCE(j.clusterid, 0) <> r.cluster OR COALESCE(j.procid, -1) <> r.proc;

-- name: booked_waiting
SELECT r.cluster,
    (SELECT COUNT(*) FROM production_jobs j
     WHERE j.schedd = :schedd AND j.clusterid = r.cluster AND j.procid >= r.following AND j.claim_id = r.claim),
    (SELECT COUNT(*) FROM production_jobs j WHERE j.claim_id = r.claim AND j.status = 'submitting'),
    (SELECT MIN(j.clusterid) FROM production_jobs j WHERE j.claim_id = r.claim AND j.clusterid <> r.cluster)
FROM RECORDS(:clusters) AS r(cluster bigint, following int, claim text);

-- name: known_claims
SELECT id FROM production_claims WHERE id IN (:claims[text]);

-- name: restore_claim
UPDATE production_claims SET state = 'submitted' WHERE id = :claim AND state <> 'claimed';

-- name: restore_rows
INSERT INTO production_jobs (id, rulename, tag, dataset, dsttype, filename, runnumber, segment, status, substatus, submitted,
    submission_host, log, err, out, request_memory, request_disk, request_cpus, schedd, claim_id, attempt, clusterid, procid,
    mask)
SELECT r.id, r.rule, r.tag, r.dataset, r.dsttype, r.filename, r.run, r.segment, STATE('submitted'), '', NOW(),
    CAST(:submission_host AS text), r.log, r.err, r.out, INTS(:request_memory), r.disk, r.cpus, CAST(:schedd AS text),
    CAST(:claim AS text), r.attempt, r.cluster, r.proc, r.mask
FROM RECORDS(:rows) AS r(id int, rule text, tag text, dataset text, dsttype text, filename text, run int, segment int, log text,
    err text, out text, disk int, cpus int, attempt int, cluster bigint, proc int, mask text)
WHERE true
ORDER BY r.filename
ON CONFLICT DO NOTHING;

-- ---------------------------------------------------------------- production: masks and invalid runs

-- name: masks
SELECT id, hosts, first_run, last_run, NULL, NULL, dsttype, reason, author, EPOCH(added), EPOCH(expires),
    CASE WHEN expires <= NOW() THEN 1 ELSE 0 END
FROM production_masks
WHERE CAST(:every AS int) = 1 OR expires IS NULL OR expires > NOW()
ORDER BY id;

-- name: add_masks
INSERT INTO production_masks (hosts, first_run, last_run, dsttype, reason, author, added, expires)
SELECT r.hosts, r.first_run, r.last_run, r.dsttype, r.reason, CAST(:author AS text), NOW(), AT(CAST(:expires AS bigint))
FROM RECORDS(:rows) AS r(hosts text, first_run int, last_run int, dsttype text, reason text)
WHERE NOT EXISTS (
    SELECT 1 FROM production_masks m
    WHERE m.hosts = r.hosts AND m.first_run = r.first_run AND m.last_run = r.last_run AND m.dsttype = r.dsttype
      AND m.reason = r.reason AND COALESCE(EPOCH(m.expires), 0) = COALESCE(CAST(:expires AS bigint), 0))
ORDER BY r.first_run, r.hosts;

-- name: remove_masks
DELETE FROM production_masks WHERE id IN (:ids[int]);

-- name: invalid_runs
SELECT id, NULL, first_run, last_run, first_segment, last_segment, dsttype, reason, author, EPOCH(added), EPOCH(expires),
    CASE WHEN expires <= NOW() THEN 1 ELSE 0 END
FROM production_invalid_runs
WHERE CAST(:every AS int) = 1 OR expires IS NULL OR expires > NOW()
ORDER BY id;

-- name: add_invalid_runs
INSERT INTO production_invalid_runs (first_run, last_run, first_segment, last_segment, dsttype, reason, author, added, expires)
SELECT r.first_run, r.last_run, r.first_segment, r.last_segment, r.dsttype, r.reason, CAST(:author AS text), NOW(),
    AT(CAST(:expires AS bigint))
FROM RECORDS(:rows) AS r(first_run int, last_run int, first_segment int, last_segment int, dsttype text, reason text)
WHERE NOT EXISTS (
    SELECT 1 FROM production_invalid_runs m
    WHERE m.first_run = r.first_run AND m.last_run = r.last_run AND m.dsttype = r.dsttype AND m.reason = r.reason
      AND COALESCE(m.first_segment, -1) = COALESCE(r.first_segment, -1)
      AND COALESCE(m.last_segment, -1) = COALESCE(r.last_segment, -1)
      AND COALESCE(EPOCH(m.expires), 0) = COALESCE(CAST(:expires AS bigint), 0))
ORDER BY r.first_run, r.first_segment;

-- name: remove_invalid_runs
DELETE FROM production_invalid_runs WHERE id IN (:ids[int]);

-- ---------------------------------------------------------------- production: excluded nodes

-- name: excluded_nodes
SELECT id, node, reason, author, EPOCH(added), EPOCH(expires), CASE WHEN expires <= NOW() THEN 1 ELSE 0 END
FROM production_excluded_nodes
WHERE CAST(:every AS int) = 1 OR expires IS NULL OR expires > NOW()
ORDER BY id;

-- name: exclude_nodes
INSERT INTO production_excluded_nodes (node, reason, author, added, expires)
SELECT r.node, CAST(:reason AS text), CAST(:author AS text), NOW(), AT(CAST(:expires AS bigint))
FROM RECORDS(:rows) AS r(node text)
WHERE NOT EXISTS (
    SELECT 1 FROM production_excluded_nodes m
    WHERE m.node = r.node AND m.reason = CAST(:reason AS text)
      AND COALESCE(EPOCH(m.expires), 0) = COALESCE(CAST(:expires AS bigint), 0))
ORDER BY r.node;

-- name: include_nodes
DELETE FROM production_excluded_nodes WHERE node IN (:nodes[text]);

-- name: told_nodes
SELECT schedd, COALESCE(nodes, '') FROM production_harvest WHERE schedd IN (:schedds[text]);

-- name: note_told
INSERT INTO production_harvest (schedd, cursor, harvested, nodes) VALUES (:schedd, '', NOW(), :nodes)
ON CONFLICT (schedd) DO UPDATE SET nodes = excluded.nodes;

-- name: known_nodes
SELECT r.node FROM RECORDS(:rows) AS r(node text)
WHERE EXISTS (SELECT 1 FROM production_attempts a
              WHERE a.finished >= AT(CAST(:since AS bigint))
                AND (lower(a.node) = r.node OR substr(lower(a.node), 1, length(r.node) + 1) = r.node || '.'));

-- ---------------------------------------------------------------- production: harvest

-- name: harvest_cursors
SELECT schedd, cursor, EPOCH(swept) FROM production_harvest WHERE schedd IN (:schedds[text]);

-- name: save_cursor
INSERT INTO production_harvest (schedd, cursor, harvested) VALUES (:schedd, :cursor, NOW())
ON CONFLICT (schedd) DO UPDATE SET cursor = excluded.cursor, harvested = excluded.harvested;

-- name: note_sweep
UPDATE production_harvest SET swept = NOW() WHERE schedd = :schedd;

-- name: waiting_clusters
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
SELECT r.cluster, r.claim, r.low, r.high, r.old_substatus, r.substatus
FROM RECORDS(:rows) AS r(cluster bigint, claim text, low int, high int, old_substatus text, substatus text)
WHERE (SELECT MIN(j.procid) FROM production_jobs j
       WHERE j.schedd = CAST(:schedd AS text) AND j.status = 'submitted' AND j.substatus = r.old_substatus
         AND j.clusterid = r.cluster AND j.procid >= r.low AND j.procid < r.high) IS NOT NULL;

-- name: mark_waiting
UPDATE production_jobs AS j SET substatus = r.substatus
FROM RECORDS(:rows) AS r(cluster bigint, claim text, low int, high int, old_substatus text, substatus text)
WHERE j.schedd = CAST(:schedd AS text) AND j.status = 'submitted' AND j.substatus = r.old_substatus
  AND j.clusterid = r.cluster AND j.procid >= r.low AND j.procid < r.high
  AND (r.claim IS NULL OR j.claim_id = r.claim);

-- name: booked_attempts
SELECT a.dbid, a.attempt, CAST(a.status AS text), a.substatus, EPOCH(a.entered), a.schedd, a.clusterid, a.procid,
    CASE WHEN EXISTS (SELECT 1 FROM production_parked p WHERE p.dbid = a.dbid AND p.attempt = a.attempt) THEN 1 ELSE 0 END
FROM production_attempts a
WHERE a.dbid IN (:ids[int]) AND a.attempt > 0 AND a.status IS NOT NULL
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = a.dbid AND b.attempt = a.attempt);

-- name: harvest_attempts
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
WHERE a.dbid = r.dbid AND a.attempt = r.attempt
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = r.dbid AND b.attempt = r.attempt)
  AND CAST(a.status AS text) = r.old_status AND a.substatus = r.old_substatus
  AND COALESCE(EPOCH(a.entered), 0) = r.old_entered;

-- name: harvest_jobs
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

-- Other tools may call an ended job live.
-- name: live_attempts
SELECT a.dbid, a.attempt, a.clusterid, a.procid, CAST(a.status AS text), a.substatus, EPOCH(a.entered),
       EPOCH(m.first_missed), CASE WHEN p.dbid IS NULL THEN 0 ELSE 1 END
FROM production_attempts a
JOIN production_jobs j ON j.id = a.dbid AND j.attempt = a.attempt
LEFT JOIN production_missing m ON m.dbid = a.dbid AND m.attempt = a.attempt
LEFT JOIN production_parked p ON p.dbid = a.dbid AND p.attempt = a.attempt
WHERE j.schedd = CAST(:schedd AS text) AND j.status IN ('submitted', 'started', 'running', 'held', 'evicted')
  AND j.status NOT IN ('failed', 'finished') AND j.substatus NOT IN ('waiting', 'parked') AND j.submitted < AT(CAST(:before AS bigint))
  AND a.status NOT IN ('failed', 'finished')
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = a.dbid AND b.attempt = a.attempt);

-- name: lost_attempts
SELECT a.dbid, a.attempt, a.clusterid, a.procid, CAST(a.status AS text), a.substatus, EPOCH(a.entered), NULL, 0
FROM production_attempts a
JOIN production_jobs j ON j.id = a.dbid AND j.attempt = a.attempt
WHERE j.schedd = CAST(:schedd AS text) AND j.status = 'failed' AND j.substatus = 'lost'
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = a.dbid AND b.attempt = a.attempt);

-- name: clear_missing
DELETE FROM production_missing
WHERE EXISTS (SELECT 1 FROM production_attempts a
              WHERE a.dbid = production_missing.dbid AND a.attempt = production_missing.attempt
                AND a.schedd = CAST(:schedd AS text));

-- name: note_missing
INSERT INTO production_missing (dbid, attempt, first_missed)
SELECT r.dbid, r.attempt, COALESCE(AT(r.first_missed), NOW())
FROM RECORDS(:rows) AS r(dbid int, attempt int, first_missed bigint)
WHERE true
ON CONFLICT DO NOTHING;

-- name: lose_attempts
UPDATE production_attempts AS a
SET status = STATE(r.status), substatus = r.substatus, entered = COALESCE(a.entered, AT(r.entered))
FROM RECORDS(:rows) AS r(dbid int, attempt int, old_status text, old_substatus text, old_entered bigint, status text,
    substatus text, entered bigint)
WHERE a.dbid = r.dbid AND a.attempt = r.attempt
  AND CAST(a.status AS text) = r.old_status AND a.substatus = r.old_substatus
  AND COALESCE(EPOCH(a.entered), 0) = r.old_entered;

-- name: lose_jobs
UPDATE production_jobs AS j
SET status = STATE(r.status), substatus = r.substatus
FROM RECORDS(:rows) AS r(dbid int, attempt int, status text, substatus text)
WHERE j.id = r.dbid AND j.attempt = r.attempt
  AND EXISTS (SELECT 1 FROM production_attempts a WHERE a.dbid = r.dbid AND a.attempt = r.attempt
              AND CAST(a.status AS text) = r.status AND a.substatus = r.substatus);

-- Rows that other tools may have written over lately: those that are live by their own word, and those whose attempt ended.
-- name: recent_rows
SELECT j.id FROM production_jobs j WHERE j.schedd = CAST(:schedd AS text) AND j.status NOT IN ('failed', 'finished')
UNION
SELECT a.dbid FROM production_attempts a WHERE a.finished >= AT(CAST(:since AS bigint)) AND a.schedd = CAST(:schedd AS text);

-- Rows that do not say what their current attempt says, and in what: the state, the place in a queue. What other tools and
-- prodcli may write beside the attempt is no difference: `started` of an old worker, jobs that wait to be materialized,
-- ended jobs whose output was erased.
-- PostgreSQL goes through a whole table unless both tables have the list, SQLite if a claim or schedd of j stands bare.
-- name: differing_rows
SELECT d.id, CASE WHEN d.state <> d.booked THEN 1 ELSE 0 END, d.moved
FROM (SELECT j.id, COALESCE(CAST(j.status AS text), '') || '/' || j.substatus AS state,
             CAST(a.status AS text) || '/' || a.substatus AS booked,
             CASE WHEN j.clusterid <> a.clusterid OR j.procid <> a.procid THEN 1 ELSE 0 END AS moved
      FROM production_attempts a
      JOIN production_jobs j ON j.id = a.dbid AND j.attempt = a.attempt AND COALESCE(j.claim_id, '') = a.claim_id
      WHERE a.dbid IN (:ids[int]) AND j.id IN (:ids[int]) AND a.schedd = CAST(:schedd AS text) AND a.status IS NOT NULL
        AND COALESCE(j.schedd, '') = a.schedd
        AND COALESCE(CAST(j.status AS text), '') <> 'submitting'
        AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = j.id AND b.attempt = j.attempt)) d
WHERE d.moved = 1
   OR d.state <> d.booked
      AND NOT (d.state = 'submitted/waiting' AND d.booked = 'submitted/')
      AND NOT (d.state LIKE 'started/%' AND (d.booked LIKE 'submitted/%' OR d.booked LIKE 'running/%' OR d.booked LIKE 'evicted/%'))
      AND NOT (d.state = 'failed/removed' AND (d.booked LIKE 'failed/%' OR d.booked LIKE 'finished/%'));

-- name: mend_states
UPDATE production_jobs AS j
SET status = a.status, substatus = a.substatus, finished = a.finished, exitcode = a.exit_code
FROM production_attempts a
WHERE j.id IN (:ids[int]) AND COALESCE(CAST(j.status AS text), '') <> 'submitting'
  AND a.dbid = j.id AND a.attempt = j.attempt AND a.claim_id = j.claim_id AND a.status IS NOT NULL
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = j.id AND b.attempt = j.attempt);

-- name: mend_clusters
UPDATE production_jobs AS j SET clusterid = a.clusterid, procid = a.procid
FROM production_attempts a
WHERE j.id IN (:ids[int]) AND j.clusterid IS NOT NULL
  AND a.dbid = j.id AND a.attempt = j.attempt AND a.claim_id = j.claim_id AND a.schedd = j.schedd
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = j.id AND b.attempt = j.attempt)
  AND NOT EXISTS (SELECT 1 FROM production_jobs o
                  WHERE o.schedd = a.schedd AND o.clusterid = a.clusterid AND o.procid = a.procid AND o.id <> j.id);

-- name: database_clock
SELECT EPOCH(NOW());

-- ---------------------------------------------------------------- production: recovery

-- name: target_jobs
SELECT j.id, j.attempt, a.step, j.schedd, COALESCE(j.clusterid, a.clusterid, 0), COALESCE(j.procid, a.procid, 0),
    CAST(j.status AS text), j.substatus,
    COALESCE(EPOCH(a.entered), 0), COALESCE(EPOCH(a.entered), EPOCH(j.submitted), 0), a.memory_asked, a.memory_used,
    CAST(j.request_memory AS text), CASE WHEN j.status IN ('held', 'failed') THEN a.hold_reason END,
    CASE WHEN j.status IN ('held', 'failed') THEN a.hold_code END,
    CASE WHEN j.status IN ('held', 'failed') THEN a.hold_subcode END,
    COALESCE(a.node, j.execution_node), j.rulename, j.tag, j.dsttype, j.runnumber, j.segment,
    COALESCE(a.exit_code, j.exitcode), j.err, COALESCE(j.jobstarts, 0),
    (SELECT COUNT(*) FROM production_attempts f WHERE f.dbid = j.id AND f.status = 'failed' AND f.substatus = ''),
    (SELECT MAX(m.memory_asked) FROM production_attempts m WHERE m.dbid = j.id),
    (SELECT MAX(m.memory_used) FROM production_attempts m WHERE m.dbid = j.id),
-- one that is on hold may ask for its next step already: then what it had was its limit
    (SELECT MAX(CASE WHEN m.attempt = j.attempt AND m.step = a.step AND j.memoryprovisioned < m.memory_asked
                THEN j.memoryprovisioned ELSE m.memory_asked END)
     FROM production_attempts m
     WHERE m.dbid = j.id AND EXISTS (
         SELECT 1 FROM RECORDS(:memory_codes) AS c(code int, subcode int)
         WHERE c.code = m.hold_code AND c.subcode = COALESCE(m.hold_subcode, 0)))
FROM production_jobs j
JOIN production_attempts a ON a.dbid = j.id AND a.attempt = j.attempt
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = j.id AND b.attempt = j.attempt)
WHERE /* where */ j.id IS NOT NULL AND j.schedd IN (:schedds[text])
  AND (CAST(:tag AS text) IS NULL OR j.tag = CAST(:tag AS text))
  AND (CAST(:dataset AS text) IS NULL OR j.dataset = CAST(:dataset AS text))
  AND (CAST(:dsttype AS text) IS NULL OR j.dsttype = CAST(:dsttype AS text)
       OR substr(j.dsttype, 1, length(CAST(:dsttype AS text)) + 1) = CAST(:dsttype AS text) || '_')
  AND (CAST(:rule AS text) IS NULL OR j.rulename = CAST(:rule AS text))
  AND (CAST(:all_runs AS int) = 1 OR EXISTS (
       SELECT 1 FROM RECORDS(:runs) AS s(low int, high int) WHERE j.runnumber BETWEEN s.low AND s.high))
  AND (CAST(:all_segments AS int) = 1 OR EXISTS (
       SELECT 1 FROM RECORDS(:segments) AS s(low int, high int) WHERE j.segment BETWEEN s.low AND s.high))
  AND (CAST(:all_states AS int) = 1 OR CAST(j.status AS text) IN (:states[text]) OR j.substatus IN (:states[text]))
  AND (CAST(:hold_reason AS text) IS NULL
       OR (j.status IN ('held', 'failed') AND lower(a.hold_reason) LIKE lower(CAST(:hold_reason AS text)) ESCAPE '!'))
  AND (CAST(:all_codes AS int) = 1 OR (j.status IN ('held', 'failed') AND EXISTS (
       SELECT 1 FROM RECORDS(:codes) AS c(code int, subcode int)
       WHERE c.code = a.hold_code AND (c.subcode IS NULL OR c.subcode = a.hold_subcode))))
  AND (CAST(:all_clusters AS int) = 1 OR EXISTS (
       SELECT 1 FROM RECORDS(:clusters) AS c(cluster bigint, proc int, schedd text)
       WHERE c.cluster = j.clusterid AND (c.proc IS NULL OR c.proc = j.procid)
         AND (c.schedd IS NULL OR c.schedd = j.schedd)))
  AND (CAST(:all_dbids AS int) = 1 OR j.id IN (:dbids[int]))
  AND (CAST(:node AS text) IS NULL OR lower(COALESCE(a.node, j.execution_node)) LIKE lower(CAST(:node AS text)) ESCAPE '!'
       OR lower(COALESCE(a.node, j.execution_node)) LIKE lower(CAST(:node AS text)) || '.%' ESCAPE '!')
  AND (CAST(:older AS bigint) IS NULL
       OR COALESCE(EPOCH(a.entered), EPOCH(j.submitted), 0) <= EPOCH(NOW()) - CAST(:older AS bigint))
  AND (CAST(:since AS bigint) IS NULL OR COALESCE(EPOCH(a.entered), EPOCH(j.submitted), 0) >= CAST(:since AS bigint));

-- name: retried_jobs
SELECT DISTINCT 'held' AS state, a.hold_code, COALESCE(a.hold_subcode, 0), substr(a.hold_reason, 1, 2000), '' AS dsttype, a.dbid,
    CASE WHEN j.status = 'finished' THEN 1 ELSE 0 END
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
WHERE a.hold_code IS NOT NULL AND a.entered >= AT(CAST(:since AS bigint)) AND j.status IN ('finished', 'failed', 'held')
  AND EXISTS (SELECT 1 FROM RECORDS(:holds) AS h(code int, subcode int)
              WHERE h.code = a.hold_code AND h.subcode = COALESCE(a.hold_subcode, 0))
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
                AND e.code = COALESCE(a.exit_code, -1) AND e.dsttype = j.dsttype);

-- name: seen_rows
SELECT filename, id, CAST(status AS text), substatus, attempt, schedd, clusterid, procid FROM production_jobs
WHERE id IN (:ids[int]) AND filename IS NOT NULL;

-- name: note_resources
UPDATE production_jobs
SET request_disk = COALESCE(CAST(:disk AS int), request_disk), request_cpus = COALESCE(CAST(:cpus AS int), request_cpus)
WHERE claim_id = CAST(:claim AS text) AND status = 'submitting';

-- name: kept_folders
SELECT j.id, j.claim_id, c.folder FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id
WHERE j.id IN (:ids[int]);

-- name: keep_descriptions
INSERT INTO production_parked_descriptions (claim_id, description)
SELECT r.claim, r.description FROM RECORDS(:rows) AS r(claim text, description text)
WHERE true
ON CONFLICT DO NOTHING;

-- name: keep_jobs
INSERT INTO production_parked (dbid, attempt, action_id, claim_id, ad, item)
SELECT r.dbid, r.attempt, p.id, r.claim, r.ad, r.item
FROM RECORDS(:rows) AS r(dbid int, attempt int, claim text, ad text, item text)
JOIN production_action_jobs o ON o.dbid = r.dbid AND o.attempt = r.attempt
JOIN production_actions p ON p.id = o.action_id AND p.state = 'intended' AND p.verb = 'park'
WHERE true
ON CONFLICT (dbid, attempt) DO UPDATE SET action_id = excluded.action_id, ad = excluded.ad, item = excluded.item;

-- name: kept_jobs
SELECT k.dbid, k.action_id FROM production_parked k JOIN production_actions p ON p.id = k.action_id
WHERE p.state = 'intended' AND k.dbid IN (:ids[int]);

-- name: kept_by_action
SELECT dbid FROM production_parked WHERE action_id = :action;

-- name: unkeep_jobs
DELETE FROM production_parked
WHERE action_id = :action AND NOT EXISTS (
    SELECT 1 FROM production_attempts a
    WHERE a.dbid = production_parked.dbid AND a.attempt = production_parked.attempt AND a.substatus = 'parked');

-- name: parked_schedds
SELECT DISTINCT j.schedd FROM production_jobs j
WHERE j.status NOT IN ('failed', 'finished') AND j.status = 'held' AND j.substatus = 'parked' AND j.schedd IS NOT NULL;

-- name: parked_by
SELECT k.dbid, p.account, EPOCH(p.started), p.reason
FROM production_parked k
JOIN production_jobs j ON j.id = k.dbid AND j.attempt = k.attempt AND j.substatus = 'parked'
JOIN production_actions p ON p.id = k.action_id
WHERE k.dbid IN (:ids[int]);

-- name: parked_items
SELECT k.dbid, k.item, k.claim_id FROM production_parked k
JOIN production_jobs j ON j.id = k.dbid AND j.attempt = k.attempt
WHERE k.dbid IN (:ids[int]);

-- name: parked_descriptions
SELECT claim_id, description FROM production_parked_descriptions WHERE claim_id IN (:claims[text]);

-- name: named_jobs
SELECT j.filename, j.id, CAST(j.status AS text), j.substatus, j.attempt, j.schedd, j.clusterid, j.procid
FROM production_jobs j
JOIN RECORDS(:spans) AS s(low int, high int) ON j.runnumber BETWEEN s.low AND s.high
WHERE j.filename LIKE CAST(:pattern AS text) ESCAPE '!';

-- name: downstream_jobs
SELECT DISTINCT j.filename, j.id, CAST(j.status AS text), j.substatus, j.attempt, j.schedd, j.clusterid, j.procid, j.tag, d.name,
    j.intriplet, j.runnumber, j.segment, j.log, j.out, j.err
FROM production_jobs j
JOIN RECORDS(:spans) AS s(low int, high int) ON j.runnumber BETWEEN s.low AND s.high
JOIN RECORDS(:dsttypes) AS d(name text) ON j.dsttype = d.name OR substr(j.dsttype, 1, length(d.name) + 1) = d.name || '_'
WHERE j.intriplet IN (:tags[text]) AND j.dataset = CAST(:dataset AS text) AND j.filename IS NOT NULL;

-- name: keep_own_attempts
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_used, node, started, finished,
    exit_code, status, substatus, entered)
SELECT j.id, j.attempt, 0, j.claim_id, j.schedd, j.clusterid, j.procid, j.memoryusage, j.execution_node, j.started, j.finished,
    j.exitcode, j.status, j.substatus, j.finished
FROM RECORDS(:rows) AS r(dbid int, attempt int)
JOIN production_jobs j ON j.id = r.dbid AND j.attempt = r.attempt
WHERE true
ON CONFLICT DO NOTHING;

-- name: end_removed
UPDATE production_attempts AS a SET status = STATE('failed'), substatus = 'removed'
FROM RECORDS(:rows) AS r(dbid int, attempt int)
WHERE a.dbid = r.dbid AND a.attempt = r.attempt AND (a.status IS NULL OR a.status NOT IN ('failed', 'finished'))
  AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = r.dbid AND b.attempt = r.attempt);

-- name: name_attempts
UPDATE production_attempts AS a SET filename = j.filename
FROM production_jobs j
WHERE a.dbid = j.id AND j.id IN (:ids[int]) AND a.filename IS NULL;

-- name: erase_jobs
UPDATE production_jobs AS j SET status = STATE('failed'), substatus = 'removed'
FROM RECORDS(:rows) AS r(dbid int, attempt int)
WHERE j.id = r.dbid AND j.attempt = r.attempt;

-- name: delete_jobs
DELETE FROM production_jobs
WHERE id IN (:ids[int]) AND EXISTS (
    SELECT 1 FROM RECORDS(:rows) AS r(dbid int, attempt int) WHERE r.dbid = production_jobs.id AND r.attempt = production_jobs.attempt);

-- name: intend_action
INSERT INTO production_actions (id, verb, account, host, pid, boot_id, process_start, started, reason, state, jobs, parameters, result)
VALUES (:action, :verb, :account, :host, :pid, :boot_id, :process_start, NOW(), :reason, 'intended', 0, :parameters, '');

-- name: intend_jobs
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
INSERT INTO production_action_outputs (action_id, filename, dbid, attempt, status)
SELECT CAST(:action AS text), r.filename, r.dbid, r.attempt, CAST(j.status AS text)
FROM RECORDS(:rows) AS r(filename text, dbid int, attempt int)
LEFT JOIN production_jobs j ON j.filename = r.filename
WHERE (j.id IS NULL AND r.dbid IS NULL OR j.id = r.dbid AND j.attempt = r.attempt AND (j.status IS NULL OR j.status <> 'submitting'
       OR j.schedd IS NULL))
  AND NOT EXISTS (
    SELECT 1 FROM production_action_outputs o JOIN production_actions p ON p.id = o.action_id
    WHERE o.filename = r.filename AND p.state = 'intended' AND p.id <> CAST(:action AS text));

-- name: action_outputs
SELECT o.filename FROM production_action_outputs o WHERE o.action_id = :action ORDER BY o.filename;

-- name: changed_action_outputs
SELECT COUNT(*) FROM production_action_outputs o
WHERE o.action_id = :action AND CASE WHEN o.dbid IS NULL
    THEN EXISTS (SELECT 1 FROM production_jobs j WHERE j.filename = o.filename)
    ELSE NOT EXISTS (SELECT 1 FROM production_jobs j WHERE j.id = o.dbid AND j.attempt = o.attempt) END;

-- name: touch_action
UPDATE production_actions SET touched = NOW(), result = :result WHERE id = :action AND state = 'intended';

-- name: count_action
UPDATE production_actions
SET jobs = (SELECT COUNT(*) FROM production_action_jobs o WHERE o.action_id = CAST(:action AS text))
    + (SELECT COUNT(*) FROM production_action_outputs o WHERE o.action_id = CAST(:action AS text))
WHERE id = CAST(:action AS text);

-- name: action_exists
SELECT jobs FROM production_actions WHERE id = :action;

-- name: action_jobs
SELECT o.dbid, o.attempt, o.step, o.schedd, o.clusterid, o.procid, o.status, o.entered, o.memory_before, o.memory_after
FROM production_action_jobs o JOIN production_actions p ON p.id = o.action_id
WHERE p.id = :action ORDER BY o.dbid;

-- name: open_actions
SELECT id, verb, host, pid, boot_id, process_start, COALESCE(EPOCH(touched), EPOCH(started)) + 3600 - EPOCH(NOW()), parameters,
    result
FROM production_actions WHERE state = 'intended' ORDER BY started;

-- name: changed_action_jobs
SELECT COUNT(*) FROM production_action_jobs o
WHERE o.action_id = :action AND NOT EXISTS (
    SELECT 1 FROM production_attempts a
    WHERE a.dbid = o.dbid AND a.attempt = o.attempt AND a.step = o.step AND CAST(a.status AS text) = o.status
      AND COALESCE(EPOCH(a.entered), 0) = o.entered
-- a job may be parked in the second in which it was held; one that is to come back was parked before
      AND (a.substatus <> 'parked' OR EXISTS (SELECT 1 FROM production_actions p WHERE p.id = o.action_id AND p.verb <> 'park'))
      AND NOT EXISTS (SELECT 1 FROM production_jobs j WHERE j.id = o.dbid AND j.attempt > o.attempt));

-- name: climb_attempts
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
UPDATE production_attempts AS a
SET memory_asked = o.memory_before, status = STATE(o.status), substatus = '', entered = AT(o.entered)
FROM production_action_jobs o
WHERE o.action_id = :action AND o.memory_after IS NOT NULL AND a.dbid = o.dbid AND a.attempt = o.attempt AND a.step = o.step
  AND EXISTS (SELECT 1 FROM production_attempts b WHERE b.dbid = a.dbid AND b.attempt = a.attempt AND b.step = a.step + 1);

-- name: finish_action
UPDATE production_actions SET state = 'done', finished = NOW(), result = :result WHERE id = :action AND state = 'intended';

-- name: logged_actions
SELECT p.id, EPOCH(p.started), p.verb, p.account, p.host, p.state, p.jobs, p.result, p.reason, p.parameters
FROM production_actions p
WHERE (CAST(:verb AS text) IS NULL OR p.verb = CAST(:verb AS text))
  AND (CAST(:since AS bigint) IS NULL OR p.started >= AT(CAST(:since AS bigint)))
  AND (CAST(:all_dbids AS int) = 1 OR EXISTS (
       SELECT 1 FROM production_action_jobs o WHERE o.action_id = p.id AND o.dbid IN (:dbids[int]))
       OR EXISTS (SELECT 1 FROM production_action_outputs o WHERE o.action_id = p.id AND o.dbid IN (:dbids[int])))
ORDER BY p.started, p.id;

-- ---------------------------------------------------------------- production: reports

-- name: report
SELECT tag, dsttype, dataset, /* key */ NULL, /* refined */ CAST(status AS text), COUNT(*)
FROM production_jobs
WHERE (CAST(:tag AS text) IS NULL OR tag = CAST(:tag AS text))
  AND (CAST(:dsttype AS text) IS NULL OR dsttype = CAST(:dsttype AS text)
       OR substr(dsttype, 1, length(CAST(:dsttype AS text)) + 1) = CAST(:dsttype AS text) || '_')
  AND (CAST(:rule AS text) IS NULL OR rulename = CAST(:rule AS text))
  AND (CAST(:since AS bigint) IS NULL OR submitted >= AT(CAST(:since AS bigint)))
  AND (CAST(:all_runs AS int) = 1 OR EXISTS (
       SELECT 1 FROM RECORDS(:spans) AS s(low int, high int) WHERE runnumber BETWEEN s.low AND s.high))
GROUP BY 1, 2, 3, 4, 5;

-- name: report_rollup
SELECT tag, dsttype, dataset, /* key */ NULL, status, CAST(SUM(n) AS bigint)
FROM (SELECT tag, dsttype, dataset, CASE WHEN substatus IN ('waiting', 'parked') THEN substatus ELSE status END AS status,
          SUM(n) AS n
      FROM production_rollup
      WHERE CAST(:since AS bigint) IS NULL OR hour >= AT(CAST(:since AS bigint))
      GROUP BY 1, 2, 3, 4
      UNION ALL
      SELECT tag, dsttype, dataset, CASE WHEN substatus IN ('waiting', 'parked') THEN substatus ELSE status END, n
      FROM production_rollup_delta
      WHERE CAST(:since AS bigint) IS NULL OR hour >= AT(CAST(:since AS bigint))) counted
WHERE (CAST(:tag AS text) IS NULL OR tag = CAST(:tag AS text))
  AND (CAST(:dsttype AS text) IS NULL OR dsttype = CAST(:dsttype AS text)
       OR substr(dsttype, 1, length(CAST(:dsttype AS text)) + 1) = CAST(:dsttype AS text) || '_')
GROUP BY 1, 2, 3, 4, 5 HAVING SUM(n) <> 0;

-- name: memory_use
SELECT key, ladder, asked, provisioned, used, held, COUNT(*), COUNT(seconds), CAST(COALESCE(SUM(seconds), 0) AS bigint),
    MAX(id)
FROM (SELECT /* key */ NULL AS key, CAST(j.request_memory AS text) AS ladder, a.memory_asked AS asked,
             j.memoryprovisioned AS provisioned, COALESCE(a.memory_used, j.memoryusage) AS used,
             CASE WHEN j.status = 'finished' THEN 0 ELSE 1 END AS held, j.id,
             CASE WHEN j.status = 'finished' THEN EPOCH(a.finished)
                  WHEN j.status = 'held' AND j.substatus <> 'parked' THEN EPOCH(a.entered) END
             - EPOCH(a.started) AS seconds
      FROM production_jobs j
      JOIN production_attempts a ON a.dbid = j.id AND a.attempt = j.attempt
        AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = j.id AND b.attempt = j.attempt)
      WHERE (j.status = 'finished'
             OR (j.status = 'held' OR j.status = 'failed' AND j.substatus = 'removed') AND EXISTS (
                 SELECT 1 FROM RECORDS(:codes) AS c(code int, subcode int)
                 WHERE c.code = a.hold_code AND c.subcode = COALESCE(a.hold_subcode, 0)))
        AND (CAST(:tag AS text) IS NULL OR j.tag = CAST(:tag AS text))
        AND (CAST(:dsttype AS text) IS NULL OR j.dsttype = CAST(:dsttype AS text)
             OR substr(j.dsttype, 1, length(CAST(:dsttype AS text)) + 1) = CAST(:dsttype AS text) || '_')
        AND (CAST(:rule AS text) IS NULL OR j.rulename = CAST(:rule AS text))
        AND (CAST(:since AS bigint) IS NULL OR j.submitted >= AT(CAST(:since AS bigint)))
        AND (CAST(:all_runs AS int) = 1 OR EXISTS (
             SELECT 1 FROM RECORDS(:spans) AS s(low int, high int) WHERE j.runnumber BETWEEN s.low AND s.high))
        AND (CAST(:all_kinds AS int) = 1 OR EXISTS (
             SELECT 1 FROM RECORDS(:kinds) AS k(tag text, dsttype text) WHERE k.tag = j.tag AND k.dsttype = j.dsttype))) jobs
GROUP BY 1, 2, 3, 4, 5, 6;

-- name: node_outcomes
SELECT node, dsttype, outcome, code, subcode, seconds, COUNT(*)
FROM (SELECT node, dsttype, outcome, code, subcode,
-- exact where it is short, else to within a tenth: few enough values to be counted here
             CASE WHEN took < 60 THEN took WHEN took < 600 THEN took / 5 * 5 WHEN took < 3600 THEN took / 60 * 60
                  ELSE took / 300 * 300 END AS seconds
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
      WHERE (CAST(:tag AS text) IS NULL OR tag = CAST(:tag AS text))
        AND (CAST(:dsttype AS text) IS NULL OR dsttype = CAST(:dsttype AS text)
             OR substr(dsttype, 1, length(CAST(:dsttype AS text)) + 1) = CAST(:dsttype AS text) || '_')
        AND (CAST(:rule AS text) IS NULL OR rulename = CAST(:rule AS text))
        AND (CAST(:all_runs AS int) = 1 OR EXISTS (
             SELECT 1 FROM RECORDS(:spans) AS s(low int, high int) WHERE runnumber BETWEEN s.low AND s.high))) left_there
GROUP BY 1, 2, 3, 4, 5, 6;

-- name: known_tags
SELECT DISTINCT tag FROM production_overview;

-- ---------------------------------------------------------------- production: the rollup

-- name: clear_rollup
DELETE FROM production_rollup;

-- name: fill_rollup
INSERT INTO production_rollup
SELECT tag, dsttype, dataset, status, substatus, hour, CAST(SUM(n) AS bigint)
FROM (SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), '') AS status, substatus, HOUR(submitted) AS hour, COUNT(*) AS n
      FROM production_jobs GROUP BY 1, 2, 3, 4, 5, 6
      UNION ALL SELECT tag, dsttype, dataset, status, substatus, hour, -n FROM production_rollup_delta) counted
GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(n) <> 0;

-- name: rollup_totals
SELECT status, substatus, CAST(SUM(n) AS bigint)
FROM (SELECT status, substatus, n FROM production_rollup
      UNION ALL
      SELECT status, substatus, n FROM production_rollup_delta) counted
GROUP BY 1, 2 HAVING SUM(n) <> 0;

-- name: rollup_differences
SELECT tag, dsttype, dataset, status, substatus, CAST(hour AS text), CAST(SUM(n) AS bigint), CAST(SUM(rolled) AS bigint)
FROM (SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), '') AS status, substatus, HOUR(submitted) AS hour,
             COUNT(*) AS n, 0 AS rolled
      FROM production_jobs GROUP BY 1, 2, 3, 4, 5, 6
      UNION ALL SELECT tag, dsttype, dataset, status, substatus, hour, 0, n FROM production_rollup
      UNION ALL SELECT tag, dsttype, dataset, status, substatus, hour, 0, n FROM production_rollup_delta) compared
GROUP BY tag, dsttype, dataset, status, substatus, hour HAVING SUM(n) <> SUM(rolled)
ORDER BY 1, 2, 3, 4, 5, 6;

-- ---------------------------------------------------------------- schema

-- name: applied_migrations
SELECT version FROM prodcli_schema ORDER BY version;

-- name: note_migration
INSERT INTO prodcli_schema (version, name, applied) VALUES (:version, :name, NOW());

-- name: duplicate_filenames
SELECT filename, COUNT(*) FROM production_jobs WHERE filename IS NOT NULL
GROUP BY filename HAVING COUNT(*) > 1 ORDER BY filename;

-- name: duplicate_rows
SELECT id, filename, CAST(status AS text), clusterid, procid, EPOCH(submitted)
FROM production_jobs
WHERE filename IN (SELECT filename FROM production_jobs WHERE filename IS NOT NULL GROUP BY filename HAVING COUNT(*) > 1)
ORDER BY filename, id;

-- name: archive_duplicates
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_used, node, started,
    finished, exit_code, status, substatus, filename)
SELECT r.kept, r.attempt, 0, j.claim_id, j.schedd, j.clusterid, j.procid, j.memoryusage, j.execution_node, j.started,
    j.finished, j.exitcode, j.status, 'duplicate', j.filename
FROM RECORDS(:rows) AS r(id int, kept int, attempt int)
JOIN production_jobs j ON j.id = r.id
WHERE true
ON CONFLICT DO NOTHING;

-- name: delete_rows
DELETE FROM production_jobs WHERE id IN (:ids[int]);

-- name: clear_dsttypes
DELETE FROM production_dsttypes;

-- name: fill_dsttypes
INSERT INTO production_dsttypes (prefix, production_type)
SELECT r.prefix, r.production_type FROM RECORDS(:rows) AS r(prefix text, production_type text);

-- name: count_jobs
SELECT COUNT(*) FROM production_jobs;

-- name: unknown_dsttypes
SELECT dsttype FROM production_unknown_dsttypes ORDER BY dsttype;

