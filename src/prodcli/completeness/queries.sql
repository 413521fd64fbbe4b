-- name: input_events
-- Which inputs of each segment have how many events? One bit for each input; inputs that agree are one row.
SELECT d.runnumber AS run, d.segment, CAST(d.events AS bigint) AS events, bit_or(m.mask) AS mask
FROM (SELECT * FROM datasets WHERE tag = :tag AND dataset = :dataset AND /* constraint */ 1 = 1) d
JOIN RECORDS(:inputs) AS m(name text, mask bigint) ON m.name = d.dsttype
WHERE d.runnumber IN (:runs[int]) AND SEGMENT(d.segment)
GROUP BY d.runnumber, d.segment, d.events;

-- fragment: OUTPUT_AND_PLACE(d, f)
-- What the file catalog says of an output d, and of its place f.
TEXT({d}.filename) AS filename, {d}.runnumber AS run, {d}.segment, {d}.dsttype, CAST({d}.events AS bigint) AS events,
CAST({d}.lastevent AS bigint) AS last_event, CAST({d}.status AS bigint) AS status, CAST({d}.size AS bigint) AS size,
TEXT({f}.full_file_path) AS path, CAST({f}.size AS bigint) AS file_size, TEXT({f}.md5) AS md5;

-- name: checked_outputs
-- What does the file catalog say of the outputs of a production in these runs, and where do they lie?
SELECT OUTPUT_AND_PLACE(d, f)
FROM datasets d LEFT JOIN files f ON f.lfn = d.filename
WHERE d.tag = :tag AND d.dataset = :dataset AND d.dsttype IN (:dsttypes[text]) AND d.runnumber IN (:runs[int])
  AND SEGMENT(d.segment);

-- name: named_outputs
-- What does the file catalog say of outputs with names like this in these runs, and where do they lie?
SELECT OUTPUT_AND_PLACE(d, f)
FROM datasets d LEFT JOIN files f ON f.lfn = d.filename
WHERE d.filename LIKE CAST(:pattern AS text) ESCAPE '!' AND d.runnumber IN (:runs[int]) AND SEGMENT(d.segment);

-- name: runs_of_named_outputs
-- Which of these runs have outputs with names like this in the file catalog?
SELECT DISTINCT d.runnumber FROM datasets d
JOIN RECORDS(:spans) AS s(low int, high int) ON d.runnumber BETWEEN s.low AND s.high
WHERE d.filename LIKE CAST(:pattern AS text) ESCAPE '!';

-- fragment: BOOKED(j)
-- What the books say of the job j.
{j}.filename, {j}.id AS dbid, {j}.runnumber AS run, CAST(COALESCE({j}.segment, 0) AS bigint) AS segment, {j}.dsttype,
CAST({j}.status AS text) AS status, {j}.substatus, COALESCE({j}.maxjobsexpected, 0) AS most_expected;

-- name: checked_jobs
-- What do the books say of the jobs of a production in these runs?
SELECT BOOKED(j) FROM production_jobs j
WHERE j.tag = :tag AND j.dsttype IN (:dsttypes[text]) AND j.runnumber IN (:runs[int]) AND j.filename IS NOT NULL;

-- name: checked_named_jobs
-- What do the books say of the jobs in these runs whose outputs have names like this?
SELECT BOOKED(j) FROM production_jobs j
WHERE j.filename LIKE CAST(:pattern AS text) ESCAPE '!' AND j.runnumber IN (:runs[int]);

-- name: runs_of_named_jobs
-- Which of these runs have jobs in the books whose outputs have names like this?
SELECT DISTINCT j.runnumber FROM production_jobs j
JOIN RECORDS(:spans) AS s(low int, high int) ON j.runnumber BETWEEN s.low AND s.high
WHERE j.filename LIKE CAST(:pattern AS text) ESCAPE '!';

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
