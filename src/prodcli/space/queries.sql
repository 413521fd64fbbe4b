-- name: catalog_usage
-- How many files and bytes does the file catalog have by tag and dsttype, on disk and on tape only?
-- No index helps to sum over all files; a dsttype or a tag of few files is found by one.
SELECT TEXT(d.tag) AS tag, TEXT(d.dsttype) AS dsttype,
    SUM(CASE WHEN FILE_STATUS(d) = 'tape' THEN 0 ELSE 1 END) AS files,
    CAST(SUM(CASE WHEN FILE_STATUS(d) = 'tape' THEN 0 ELSE COALESCE(d.size, 0) END) AS bigint) AS size,
    SUM(CASE WHEN FILE_STATUS(d) = 'tape' THEN 1 ELSE 0 END) AS tape_files,
    CAST(SUM(CASE WHEN FILE_STATUS(d) = 'tape' THEN COALESCE(d.size, 0) ELSE 0 END) AS bigint) AS tape_size
FROM datasets d
WHERE (CAST(:any_dsttype AS int) = 1 OR d.dsttype IN (:dsttypes[text]))
  AND OF_TAGS(d)
GROUP BY d.tag, d.dsttype;

-- name: catalog_growth
-- How many bytes of files below these folders have come into the file catalog since a time?
SELECT r.folder, CAST(SUM(COALESCE(f.size, 0)) AS bigint) AS size
FROM files f
JOIN RECORDS(:folders) AS r(folder text) ON substr(f.full_file_path, 1, length(r.folder) + 1) = r.folder || '/'
WHERE f.time >= AT(CAST(:since AS bigint))
GROUP BY r.folder;

-- name: successors
-- Which jobs that did not fail took outputs of this tag as input, how many outputs does each make, and in which state is it?
SELECT j.id AS dbid, j.runnumber AS run, j.segment, j.outputs_per_job AS outputs, j.filename, CAST(j.status AS text) AS status
FROM RECORDS(:spans) AS r(low int, high int)
JOIN production_jobs j ON j.runnumber BETWEEN r.low AND r.high
WHERE j.intriplet = CAST(:tag AS text) AND j.dataset = CAST(:dataset AS text) AND OF_DSTTYPE(j.dsttype, CAST(:dsttype AS text))
  AND j.status <> 'failed' AND j.filename IS NOT NULL;

-- name: reported_outputs
-- What did these jobs stage out? Nothing of a job whose report does not say that all went well.
SELECT o.dbid, o.lfn
FROM production_jobs j
JOIN production_reports r ON r.dbid = j.id AND r.attempt = j.attempt AND r.exit_code = 0 AND r.staged = r.outputs
JOIN production_report_outputs o ON o.dbid = r.dbid AND o.attempt = r.attempt
WHERE j.id IN (:dbids[int]);

-- name: outputs_at_work
-- Which of these outputs has a job that has not ended?
SELECT filename FROM production_jobs WHERE filename IN (:names[text]) AND status NOT IN ('failed', 'finished');
