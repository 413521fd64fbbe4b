-- name: daq_runs
-- What did the daq write of these runs: type, events, length in seconds, and a time that no calendar has?
SELECT r.runnumber AS number, TEXT(r.runtype) AS runtype, r.eventsinrun AS events,
       CASE WHEN NO_TIME(r.brtimestamp) OR NO_TIME(r.ertimestamp) THEN NULL
            ELSE SECONDS(r.brtimestamp, r.ertimestamp) END AS seconds,
       CASE WHEN NO_TIME(r.brtimestamp) THEN 'brtimestamp ' || CAST(r.brtimestamp AS text)
            WHEN NO_TIME(r.ertimestamp) THEN 'ertimestamp ' || CAST(r.ertimestamp AS text) END AS odd
FROM run r
JOIN RECORDS(:spans) AS s(low int, high int) ON r.runnumber BETWEEN s.low AND s.high;

-- name: raw_hosts
-- How many raw files does each host have of these runs, how many of them on disk, and how many of these of segment 0?
SELECT d.runnumber AS run, d.daqhost AS host, COUNT(*) AS segments,
       SUM(CASE WHEN CAST(d.status AS bigint) > 0 THEN 1 ELSE 0 END) AS on_disk,
       SUM(CASE WHEN CAST(d.status AS bigint) > 0 AND d.segment = 0 THEN 1 ELSE 0 END) AS seg0_on_disk
FROM datasets d
WHERE d.runnumber IN (:runs[int]) AND d.daqhost IN (:hosts[text])
GROUP BY d.runnumber, d.daqhost;

-- name: raw_host_bits
-- Which of these hosts have raw files of each run? One bit for each host.
SELECT d.runnumber, bit_or(m.mask)
FROM datasets d
JOIN RECORDS(:inputs) AS m(name text, mask bigint) ON m.name = d.daqhost
WHERE d.runnumber IN (:runs[int])
GROUP BY d.runnumber;

-- name: segment_inputs
-- Which segments of which runs have which inputs, and which of these on disk? One bit for each input.
SELECT s.runnumber AS run, LISTED(s.segment) AS segments, s.present, s.on_disk
FROM (SELECT d.runnumber, d.segment, bit_or(m.mask) AS present,
             bit_or(CASE WHEN CAST(d.status AS bigint) > 0 THEN m.mask ELSE 0 END) AS on_disk
      FROM (SELECT * FROM datasets WHERE tag = :tag AND dataset = :dataset AND /* constraint */ 1 = 1) d
      JOIN RECORDS(:inputs) AS m(name text, mask bigint) ON m.name = d.dsttype
      WHERE d.runnumber IN (:runs[int]) AND SEGMENT(d.segment)
      GROUP BY d.runnumber, d.segment) s
GROUP BY s.runnumber, s.present, s.on_disk;

-- name: runs_with_inputs
-- Which of these runs have an input at all?
-- OFFSET keeps PostgreSQL from going through all files of all runs at once: it looks for one of each run.
SELECT r.run FROM RECORDS(:runs) AS r(run int)
WHERE EXISTS (SELECT 1 FROM (SELECT * FROM datasets WHERE tag = :tag AND dataset = :dataset AND /* constraint */ 1 = 1) d
              WHERE d.runnumber = r.run AND d.dsttype IN (:inputs[text]) AND SEGMENT(d.segment) LIMIT 1 OFFSET 0);

-- name: produced_files
-- Which of these files does the file catalog have?
SELECT DISTINCT filename FROM datasets WHERE filename IN (:names[text]);

-- name: placed_files
-- Of which of these files does the file catalog know a place?
SELECT DISTINCT lfn FROM files WHERE lfn IN (:names[text]);
