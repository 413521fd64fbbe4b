-- fragment: FILE_STATUS(d)
-- What the status of a catalog row says: on disk, on tape only, or bad.
CASE WHEN CAST({d}.status AS bigint) > 0 THEN 'disk' WHEN CAST({d}.status AS bigint) < 0 THEN 'bad' ELSE 'tape' END;

-- fragment: OF_TAGS(x)
-- The row x has one of the tags that were asked for, if any.
(CAST(:any_tag AS int) = 1 OR {x}.tag IN (:tags[text]));

-- fragment: ASKED_FILE(d)
-- The row d has the dsttype, tag, dataset, segment and status that were asked for, if any.
(CAST(:any_dsttype AS int) = 1 OR {d}.dsttype IN (:dsttypes[text]))
  AND OF_TAGS({d})
  AND (CAST(:dataset AS text) IS NULL OR {d}.dataset = CAST(:dataset AS text))
  AND (CAST(:any_segment AS int) = 1 OR WITHIN({d}.segment, :segments))
  AND (CAST(:status AS text) IS NULL OR FILE_STATUS({d}) = CAST(:status AS text));

-- name: count_files
-- How many files does the file catalog have of each run, among those that were asked for?
SELECT d.runnumber AS run, COUNT(*) AS files
FROM RECORDS(:spans) AS r(low int, high int)
JOIN datasets d ON d.runnumber BETWEEN r.low AND r.high
WHERE ASKED_FILE(d)
GROUP BY d.runnumber
ORDER BY d.runnumber;

-- name: files_of_runs
-- Which files does the file catalog have of these runs, among those that were asked for, and where do they lie?
SELECT TEXT(d.filename) AS filename, d.runnumber AS run, d.segment, TEXT(d.dsttype) AS dsttype, TEXT(d.dataset) AS dataset,
    TEXT(d.tag) AS tag, FILE_STATUS(d) AS status, d.events, COALESCE(d.size, f.size) AS size, TEXT(f.full_host_name) AS host,
    TEXT(f.full_file_path) AS path
FROM datasets d
LEFT JOIN files f ON f.lfn = d.filename
WHERE d.runnumber IN (:runs[int]) AND ASKED_FILE(d)
ORDER BY d.runnumber, d.dsttype, d.segment, d.filename, f.full_file_path;

-- name: count_raw_files
-- How many raw files of these hosts are not on disk, by run: on tape, and bad ones?
SELECT d.runnumber AS run, SUM(CASE WHEN FILE_STATUS(d) = 'tape' THEN 1 ELSE 0 END) AS on_tape,
    SUM(CASE WHEN FILE_STATUS(d) = 'bad' THEN 1 ELSE 0 END) AS bad
FROM RECORDS(:spans) AS r(low int, high int)
JOIN datasets d ON d.runnumber BETWEEN r.low AND r.high
WHERE FILE_STATUS(d) <> 'disk' AND (CAST(:any_host AS int) = 1 OR d.daqhost IN (:hosts[text]))
GROUP BY d.runnumber
ORDER BY d.runnumber;

-- name: raw_files_on_tape
-- Which raw files of these runs and hosts are on tape only?
SELECT TEXT(d.filename) AS filename, d.runnumber AS run, TEXT(d.daqhost) AS host, d.segment, d.size
FROM datasets d
WHERE d.runnumber IN (:runs[int]) AND FILE_STATUS(d) = 'tape' AND (CAST(:any_host AS int) = 1 OR d.daqhost IN (:hosts[text]))
ORDER BY d.runnumber, d.daqhost, d.segment, d.filename;
