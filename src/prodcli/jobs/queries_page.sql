-- name: job_attempts
-- Which attempts and steps has a job had, with what they reported of themselves? Memory in MB, CPU and wall time in seconds.
SELECT a.attempt, a.step, CASE WHEN a.substatus = '' THEN CAST(a.status AS text) ELSE a.substatus END AS state,
    EPOCH(a.entered) AS since, a.schedd, CAST(a.clusterid AS text) || '.' || CAST(a.procid AS text) AS job, a.node,
    EPOCH(a.started) AS started, EPOCH(a.finished) AS finished, a.memory_asked, a.memory_used, a.exit_code, r.signal,
    CASE WHEN a.hold_code IS NOT NULL
         THEN CAST(a.hold_code AS text) || '/' || CAST(COALESCE(a.hold_subcode, 0) AS text) END AS hold_code,
    a.hold_reason AS reason, r.wall, r.user_cpu + r.sys_cpu AS cpu_time, r.cpu AS cpu_model, r.cores, r.os, r.site,
    r.events_in, r.events_out, r.bytes_in, r.bytes_out
FROM production_attempts a
LEFT JOIN production_reports r ON r.dbid = a.dbid AND r.attempt = a.attempt
WHERE a.dbid = CAST(:dbid AS int) ORDER BY a.attempt, a.step;

-- name: job_phases
-- Which phases did the attempts of a job report? Times in seconds, memory in KB.
SELECT attempt, name, EPOCH(began) AS began, wall, user_cpu + sys_cpu AS cpu_time, memory_kb
FROM production_phases WHERE dbid = CAST(:dbid AS int) ORDER BY attempt, number;

-- name: job_messages
-- Which messages did the attempts of a job report?
SELECT attempt, EPOCH(at) AS at, level, text FROM production_messages WHERE dbid = CAST(:dbid AS int) ORDER BY attempt, number;

-- name: job_outputs
-- Which outputs did the attempts of a job report, and how did staging them out end? Sizes in bytes.
SELECT attempt, lfn AS file, staged, events, size, md5, code FROM production_report_outputs
WHERE dbid = CAST(:dbid AS int) ORDER BY attempt, lfn;

-- name: job_quality
-- Which quality results did the attempts of a job report?
SELECT attempt, name, value, word FROM production_quality WHERE dbid = CAST(:dbid AS int) ORDER BY attempt, name;

-- name: job_actions
-- What did people do to a job?
SELECT EPOCH(p.started) AS at, p.account AS author, p.verb, o.attempt, o.memory_before, o.memory_after, p.reason, p.result
FROM production_action_jobs o JOIN production_actions p ON p.id = o.action_id
WHERE o.dbid = CAST(:dbid AS int) ORDER BY p.started, p.id;

-- name: job_folder
-- Where are the rendered files of the submission of a job?
SELECT c.folder FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id WHERE j.id = CAST(:dbid AS int);

-- name: catalogued_outputs
-- What does the file catalog have of these files, and where do they lie?
SELECT TEXT(d.filename) AS file, d.events, COALESCE(d.size, f.size) AS size, TEXT(f.full_file_path) AS path
FROM datasets d LEFT JOIN files f ON f.lfn = d.filename
WHERE d.filename IN (:names[text]) ORDER BY d.filename, f.full_file_path;

-- name: produced_inputs
-- How many files does the file catalog have of these dsttypes for one segment of a run, how large, and how many of them on disk?
SELECT COUNT(*) AS files, SUM(CASE WHEN CAST(d.status AS bigint) > 0 THEN 1 ELSE 0 END) AS on_disk, CAST(SUM(d.size) AS bigint) AS size,
    CAST(SUM(d.events) AS bigint) AS events
FROM datasets d
WHERE d.runnumber = CAST(:run AS int) AND d.segment = CAST(:segment AS int) AND d.tag = CAST(:tag AS text)
  AND d.dsttype IN (:inputs[text]);

-- name: raw_inputs
-- How many raw files does the raw catalog have of these hosts for a run, how large, and how many of them on disk?
SELECT COUNT(*) AS files, SUM(CASE WHEN CAST(d.status AS bigint) > 0 THEN 1 ELSE 0 END) AS on_disk, CAST(SUM(d.size) AS bigint) AS size,
    CAST(SUM(d.events) AS bigint) AS events
FROM datasets d
WHERE d.runnumber = CAST(:run AS int) AND d.daqhost IN (:inputs[text]);
