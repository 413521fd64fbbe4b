-- name: raw_off_disk
-- Which raw files of the run are not on disk?
SELECT d.daqhost AS host, d.segment, d.status FROM datasets d
WHERE d.runnumber = :run AND d.daqhost IN (:hosts[text]) AND (d.status IS NULL OR d.status <= 0)
ORDER BY d.daqhost, d.segment;

-- name: raw_strangers
-- Which hosts have raw files of the run though they are none of those known?
SELECT DISTINCT TEXT(d.daqhost) FROM datasets d
WHERE d.runnumber = :run AND NOT (d.daqhost IN (:hosts[text]))
ORDER BY 1;

-- name: produced_details
-- What does the file catalog say of these files: status, path and time?
SELECT d.filename, d.status, TEXT(f.full_file_path) AS path,
       CASE WHEN NO_TIME(f.time) THEN NULL ELSE EPOCH(f.time) END AS time
FROM datasets d LEFT JOIN files f ON f.lfn = d.filename
WHERE d.filename IN (:names[text]) ORDER BY d.filename;

-- name: blocking_details
-- Why do these outputs have no new job: what became of the job that they have? last_words fills phase and error.
SELECT j.filename, CAST(j.status AS text) AS status, COALESCE(j.substatus, '') AS substatus,
    COALESCE(EPOCH(a.entered), EPOCH(j.submitted)) AS since, j.clusterid AS cluster, j.procid AS proc, j.schedd,
    CASE WHEN j.status = 'held' THEN a.hold_code END AS hold_code, a.hold_subcode, a.hold_reason,
    COALESCE(a.exit_code, j.exitcode) AS exit_code, COALESCE(a.node, j.execution_node) AS node, a.memory_asked,
    COALESCE(a.memory_used, j.memoryusage) AS memory_used, j.err, NULL AS phase, NULL AS error
FROM production_jobs j
LEFT JOIN production_attempts a ON CURRENT_STEP(a, j)
WHERE j.filename IN (:names[text]) ORDER BY j.filename;

-- name: blocking_groups
-- How many of these outputs have a job in which state, by run?
SELECT CAST(j.status AS text) AS status, COALESCE(j.substatus, '') AS substatus,
    CASE WHEN j.status = 'held' THEN a.hold_code END AS hold_code,
    CASE WHEN j.status = 'held' THEN a.hold_subcode END AS hold_subcode, j.runnumber AS run, COUNT(*) AS count
FROM production_jobs j
LEFT JOIN production_attempts a ON CURRENT_STEP(a, j)
WHERE j.filename IN (:names[text])
GROUP BY 1, 2, 3, 4, 5;

-- name: last_words
-- In which phase did the attempts of these outputs end, and which error did they report last?
SELECT j.filename, p.name AS phase, m.text AS error
FROM production_jobs j
JOIN production_reports r ON r.dbid = j.id AND r.attempt = j.attempt
LEFT JOIN production_phases p ON p.dbid = j.id AND p.attempt = j.attempt
  AND p.number = (SELECT MAX(x.number) FROM production_phases x WHERE x.dbid = j.id AND x.attempt = j.attempt)
LEFT JOIN production_messages m ON m.dbid = j.id AND m.attempt = j.attempt
  AND m.number = (SELECT MAX(x.number) FROM production_messages x
                  WHERE x.dbid = j.id AND x.attempt = j.attempt AND x.level = 'error')
WHERE j.filename IN (:names[text]) AND j.status = 'failed';
