-- fragment: PLACE_OF(d)
-- Where the file of the catalog row d lies: path, md5, size and host in columns. Of several places one on the site's disks.
COALESCE((SELECT COALESCE(f.full_file_path, '') || TAB() || COALESCE(f.md5, '') || TAB() || COALESCE(CAST(f.size AS text), '')
                 || TAB() || COALESCE(f.full_host_name, '')
          FROM files f WHERE f.lfn = {d}.filename
          ORDER BY CASE WHEN f.full_host_name IN (:disks[text]) THEN 0 ELSE 1 END, f.full_file_path LIMIT 1),
         TAB() || TAB() || TAB());

-- name: input_lists
-- What are the inputs of these segments on disk, and where do they lie? A text for each run, a line for each file.
SELECT d.runnumber AS run,
    JOINED(d.dsttype || TAB() || CAST(d.segment AS text) || TAB() || d.filename || TAB() || PLACE_OF(d) || NEWLINE(), '')
        AS lines
FROM (SELECT * FROM datasets WHERE tag = :tag AND dataset = :dataset AND /* constraint */ 1 = 1) d
WHERE d.runnumber IN (:runs[int]) AND d.dsttype IN (:inputs[text]) AND CAST(d.status AS bigint) > 0 AND SEGMENT(d.segment)
  AND EXISTS (SELECT 1 FROM RECORDS(:spans) AS s(run int, low int, high int)
              WHERE s.run = d.runnumber AND d.segment BETWEEN s.low AND s.high)
GROUP BY d.runnumber;

-- name: raw_input_lists
-- What are the raw files of these hosts on disk, and where do they lie? A text for each run, a line for each file.
SELECT d.runnumber AS run,
    JOINED(d.daqhost || TAB() || CAST(d.segment AS text) || TAB() || d.filename || TAB() || PLACE_OF(d) || NEWLINE(), '')
        AS lines
FROM datasets d
WHERE d.runnumber IN (:runs[int]) AND d.daqhost IN (:hosts[text]) AND d.segment BETWEEN 0 AND :last
  AND CAST(d.status AS bigint) > 0 AND SEGMENT(d.segment)
GROUP BY d.runnumber;
