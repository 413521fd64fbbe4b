-- name: register_datasets
-- Adds files to the table `datasets` of the file catalog, but those that are there.
INSERT INTO datasets (filename, runnumber, segment, size, dataset, dsttype, events, status, tag)
SELECT r.filename, r.runnumber, r.segment, r.size, CAST(:dataset AS text), r.dsttype, r.events, 1, CAST(:tag AS text)
FROM RECORDS(:rows) AS r(filename text, runnumber int, segment int, size bigint, dsttype text, events bigint)
WHERE true
ON CONFLICT DO NOTHING;

-- name: register_files
-- Adds files to the table `files` of the file catalog, but those that are there.
INSERT INTO files (lfn, full_host_name, full_file_path, time, size, md5)
SELECT r.filename, CAST(:host AS text), r.path, AT(r.mtime), r.size, r.md5
FROM RECORDS(:rows) AS r(filename text, path text, mtime bigint, size bigint, md5 text)
WHERE true
ON CONFLICT DO NOTHING;
