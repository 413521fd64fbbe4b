-- name: input_events
-- Which inputs of each segment have how many events? One bit for each input; inputs that agree are one row.
SELECT d.runnumber AS run, d.segment, CAST(d.events AS bigint) AS events, bit_or(m.mask) AS mask
FROM (SELECT * FROM datasets WHERE tag = :tag AND dataset = :dataset AND /* constraint */ 1 = 1) d
JOIN RECORDS(:inputs) AS m(name text, mask bigint) ON m.name = d.dsttype
WHERE d.runnumber IN (:runs[int]) AND SEGMENT(d.segment)
GROUP BY d.runnumber, d.segment, d.events;

-- name: checked_outputs
-- What does the file catalog say of the outputs of a production in these runs, and where do they lie?
SELECT TEXT(d.filename) AS filename, d.runnumber AS run, d.segment, d.dsttype, CAST(d.events AS bigint) AS events,
       CAST(d.lastevent AS bigint) AS last_event, CAST(d.status AS bigint) AS status, CAST(d.size AS bigint) AS size,
       TEXT(f.full_file_path) AS path, CAST(f.size AS bigint) AS file_size, TEXT(f.md5) AS md5
FROM datasets d LEFT JOIN files f ON f.lfn = d.filename
WHERE d.tag = :tag AND d.dataset = :dataset AND d.dsttype IN (:dsttypes[text]) AND d.runnumber IN (:runs[int])
  AND SEGMENT(d.segment);

-- name: checked_jobs
-- What do the books say of the jobs of a production in these runs?
SELECT filename, id AS dbid, runnumber AS run, CAST(COALESCE(segment, 0) AS bigint) AS segment, dsttype, CAST(status AS text) AS status, substatus,
       COALESCE(maxjobsexpected, 0) AS most_expected
FROM production_jobs
WHERE tag = :tag AND dsttype IN (:dsttypes[text]) AND runnumber IN (:runs[int]) AND filename IS NOT NULL;

-- name: add_certificate
-- Keeps the checksum of a manifest, and what it is about.
INSERT INTO production_certificates (id, sha256, rulename, tag, dataset, dsttype, runs, files, bytes, events, author, version, made)
VALUES (:id, :sha256, :rule, :tag, :dataset, :dsttype, :runs, :files, :bytes, :events, :author, :version, NOW());

-- name: certificate_sha256
-- Which checksum did the manifest of this number have when it was made?
SELECT sha256 FROM production_certificates WHERE id = :id;

-- name: raw_runs
-- Which of these runs have raw files?
SELECT DISTINCT d.runnumber FROM datasets d
JOIN RECORDS(:spans) AS s(low int, high int) ON d.runnumber BETWEEN s.low AND s.high
ORDER BY d.runnumber;

-- name: checked_raw_files
-- What does the raw catalog say of the files of these runs, and where do they lie?
SELECT TEXT(d.filename) AS filename, d.runnumber AS run, CAST(COALESCE(d.segment, 0) AS bigint) AS segment, d.daqhost AS dsttype,
       CAST(d.events AS bigint) AS events, CAST(d.lastevent AS bigint) AS last_event, CAST(d.status AS bigint) AS status,
       CAST(d.size AS bigint) AS size, TEXT(f.full_file_path) AS path, CAST(f.size AS bigint) AS file_size, TEXT(f.md5) AS md5
FROM datasets d LEFT JOIN files f ON f.lfn = d.filename
WHERE d.runnumber IN (:runs[int]);

-- name: raw_segment0_events
-- How far do the raw files of segment 0 of these hosts go, or how many events have they? NULL where the raw catalog does not know.
SELECT d.runnumber AS run, d.daqhost AS host, COALESCE(NULLIF(MAX(CAST(d.lastevent AS bigint)), 0), NULLIF(SUM(CAST(d.events AS bigint)), 0)) AS events
FROM datasets d
WHERE d.runnumber IN (:runs[int]) AND d.daqhost IN (:hosts[text]) AND d.segment = 0 AND CAST(d.status AS bigint) > 0
GROUP BY d.runnumber, d.daqhost;
