-- name: register_datasets
-- Adds files to the table `datasets` of the file catalog, but those that are there.
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, status, tag)
SELECT r.filename, r.runnumber, r.segment, r.size, CAST(:dataset AS text), r.dsttype, r.events, r.status, CAST(:tag AS text)
FROM RECORDS(:rows) AS r(filename text, runnumber int, segment int, size bigint, dsttype text, events bigint, status int)
WHERE true
ON CONFLICT DO NOTHING;

-- name: register_files
-- Adds files to the table `files` of the file catalog, but those that are there.
INSERT INTO files (lfn, full_host_name, full_file_path, time, size, md5)
SELECT r.filename, r.host, r.path, AT(r.mtime), r.size, r.md5
FROM RECORDS(:rows) AS r(filename text, host text, path text, mtime bigint, size bigint, md5 text)
WHERE true
ON CONFLICT DO NOTHING;

-- fragment: FILE_ROWS()
-- What does the file catalog know of these files?
SELECT f.lfn AS filename, f.full_host_name AS host, f.full_file_path AS path, EPOCH(f.time) AS time, f.size, f.md5, d.status
FROM files f LEFT JOIN datasets d ON d.filename = f.lfn AND d.dataset = CAST(:dataset AS text)
WHERE f.lfn IN (:names[text]);

-- name: file_rows
-- What does the file catalog know of these files?
FILE_ROWS();

-- name: refresh_datasets
-- Writes files into the table `datasets` of the file catalog, over the rows that are there.
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, firstevent, lastevent, status, tag)
SELECT r.filename, r.run, r.segment, r.size, CAST(:dataset AS text), r.dsttype, r.events, r.first, r.last, r.status,
       CAST(:tag AS text)
FROM RECORDS(:rows) AS r(filename text, run int, segment int, size bigint, dsttype text, events bigint, first bigint,
                         last bigint, status int)
WHERE true
ON CONFLICT (filename, dataset) DO UPDATE SET
    runnumber = excluded.runnumber, segment = excluded.segment, size = excluded.size, dsttype = excluded.dsttype,
    events = excluded.events, firstevent = excluded.firstevent, lastevent = excluded.lastevent, status = excluded.status,
    tag = excluded.tag;

-- name: refresh_files
-- Writes the places of files into the table `files` of the file catalog, over the rows that are there.
INSERT INTO files (lfn, full_host_name, full_file_path, time, size, md5)
SELECT r.filename, r.host, r.path, AT(r.time), r.size, r.md5
FROM RECORDS(:rows) AS r(filename text, host text, path text, time bigint, size bigint, md5 text)
WHERE true
ON CONFLICT (lfn, full_host_name, full_file_path) DO UPDATE SET
    time = excluded.time, size = excluded.size, md5 = excluded.md5;

-- name: refresh_sizes
-- Writes the sizes of files that are there into the table `datasets`; events that nobody counted again are unknown.
-- A content that the catalog knew keeps its status, unless that was 0.
UPDATE datasets AS d
SET size = r.size, events = CASE WHEN r.same = 1 THEN d.events ELSE r.events END, firstevent = CASE WHEN r.same = 1 THEN d.firstevent END,
    lastevent = CASE WHEN r.same = 1 THEN d.lastevent END, status = CASE WHEN r.known = 1 THEN d.status ELSE r.status END
FROM RECORDS(:rows) AS r(filename text, size bigint, events bigint, same int, known int, status int)
WHERE d.filename = r.filename;

-- fragment: OWN_ROWS()
-- Which of these files does the file catalog have, as they are?
SELECT f.lfn FROM files f
JOIN RECORDS(:rows) AS r(filename text, host text, path text, time bigint, size bigint, md5 text)
  ON f.lfn = r.filename AND f.full_host_name = r.host AND f.full_file_path = r.path AND EPOCH(f.time) = r.time
    AND f.size = r.size AND f.md5 = r.md5;

-- name: drop_places
-- Takes places of files out of the table `files` of the file catalog.
DELETE FROM files WHERE (lfn, full_host_name, full_file_path) IN (
    SELECT r.filename, r.host, r.path FROM RECORDS(:rows) AS r(filename text, host text, path text));

-- name: drop_homeless
-- Takes files without a place out of the table `datasets` of the file catalog.
DELETE FROM datasets
WHERE filename IN (:names[text]) AND dataset = CAST(:dataset AS text)
  AND NOT EXISTS (SELECT 1 FROM files f WHERE f.lfn = datasets.filename);

-- name: take_off_disk
-- Says that files do not lie at their places.
UPDATE datasets SET status = 0 WHERE filename IN (:names[text]) AND dataset = CAST(:dataset AS text);

-- name: jobs_of_other_tags
-- Which of these jobs make outputs with another tag?
SELECT id, tag FROM production_jobs WHERE id IN (:ids[int]) AND tag <> CAST(:tag AS text);

-- name: catalogued_places
-- Where do the files of a production on disk lie, as the file catalog has it?
SELECT TEXT(d.filename) AS filename, d.runnumber AS run, d.segment, f.full_host_name AS host, f.full_file_path AS path
FROM datasets d
JOIN RECORDS(:spans) AS s(low int, high int) ON d.runnumber BETWEEN s.low AND s.high
LEFT JOIN files f ON f.lfn = d.filename
WHERE d.tag = :tag AND d.dataset = :dataset AND d.dsttype IN (:dsttypes[text]) AND (d.status IS NULL OR d.status > 0);
