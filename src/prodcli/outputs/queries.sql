-- name: named_files
-- Which files of these runs have a name like this?
SELECT DISTINCT TEXT(d.filename) FROM datasets d
JOIN RECORDS(:spans) AS s(low int, high int) ON d.runnumber BETWEEN s.low AND s.high
WHERE d.filename LIKE CAST(:pattern AS text) ESCAPE '!';

-- name: catalog_rows
-- How many rows does the file catalog have of each file, and which size?
SELECT d.filename, COUNT(*) AS rows, CAST(COALESCE(MAX(d.size), 0) AS bigint) AS size
FROM datasets d WHERE d.filename IN (:names[text])
GROUP BY d.filename;

-- name: file_places
-- Where do these files lie?
SELECT lfn AS filename, full_file_path AS path FROM files WHERE lfn IN (:names[text]);

-- name: delete_datasets
-- Takes files out of the table `datasets` of the file catalog.
DELETE FROM datasets WHERE filename IN (:names[text]);

-- name: delete_files
-- Takes files out of the table `files` of the file catalog.
DELETE FROM files WHERE lfn IN (:names[text]);

-- name: named_jobs
-- Which jobs of these runs make files with a name like this?
SELECT SEEN(j) FROM production_jobs j
JOIN RECORDS(:spans) AS s(low int, high int) ON j.runnumber BETWEEN s.low AND s.high
WHERE j.filename LIKE CAST(:pattern AS text) ESCAPE '!';

-- name: downstream_jobs
-- Which jobs took files of these dsttypes and tags as input?
SELECT DISTINCT SEEN(j), j.tag, d.name AS dsttype, j.intriplet, j.runnumber AS run, j.segment, j.outputs_per_job, j.log, j.out, j.err
FROM production_jobs j
JOIN RECORDS(:spans) AS s(low int, high int) ON j.runnumber BETWEEN s.low AND s.high
JOIN RECORDS(:dsttypes) AS d(name text) ON OF_DSTTYPE(j.dsttype, d.name)
WHERE j.intriplet IN (:tags[text]) AND j.dataset = CAST(:dataset AS text) AND j.filename IS NOT NULL;

-- name: keep_own_attempts
-- Keeps the current attempt of jobs, unless it is kept already.
INSERT INTO production_attempts (dbid, attempt, step, claim_id, schedd, clusterid, procid, memory_used, node, started, finished,
    exit_code, status, substatus, entered)
SELECT j.id, j.attempt, 0, j.claim_id, j.schedd, j.clusterid, j.procid, j.memoryusage, j.execution_node, j.started, j.finished,
    j.exitcode, j.status, j.substatus, j.finished
FROM RECORDS(:rows) AS r(dbid int, attempt int)
JOIN production_jobs j ON j.id = r.dbid AND j.attempt = r.attempt
WHERE true
ON CONFLICT DO NOTHING;

-- name: end_removed
-- Calls the current attempt of jobs removed, unless it ended.
UPDATE production_attempts AS a SET status = STATE('failed'), substatus = 'removed'
FROM RECORDS(:rows) AS r(dbid int, attempt int)
WHERE a.dbid = r.dbid AND a.attempt = r.attempt AND (a.status IS NULL OR a.status NOT IN ('failed', 'finished'))
  AND NEWEST_STEP(a);

-- name: name_attempts
-- Writes the file name into the attempts of jobs whose row goes.
UPDATE production_attempts AS a SET filename = j.filename
FROM production_jobs j
WHERE a.dbid = j.id AND j.id IN (:ids[int]) AND a.filename IS NULL;

-- name: erase_jobs
-- Calls jobs removed whose output was erased.
UPDATE production_jobs AS j SET status = STATE('failed'), substatus = 'removed'
FROM RECORDS(:rows) AS r(dbid int, attempt int)
WHERE j.id = r.dbid AND j.attempt = r.attempt;

-- name: delete_jobs
-- Removes the rows of jobs whose output was erased, unless they have a new attempt.
DELETE FROM production_jobs
WHERE id IN (:ids[int]) AND EXISTS (
    SELECT 1 FROM RECORDS(:rows) AS r(dbid int, attempt int) WHERE r.dbid = production_jobs.id AND r.attempt = production_jobs.attempt);
