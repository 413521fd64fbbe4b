-- name: input_events
-- Which inputs of each segment have how many events? One bit for each input; inputs that agree are one row.
SELECT d.runnumber AS run, d.segment, d.events, bit_or(m.mask) AS mask
FROM (SELECT * FROM datasets WHERE tag = :tag AND dataset = :dataset AND /* constraint */ 1 = 1) d
JOIN RECORDS(:inputs) AS m(name text, mask bigint) ON m.name = d.dsttype
WHERE d.runnumber IN (:runs[int]) AND SEGMENT(d.segment)
GROUP BY d.runnumber, d.segment, d.events;

-- name: output_events
-- Which outputs of a production do these runs have in the file catalog, and with how many events?
SELECT TEXT(d.filename) AS filename, d.runnumber AS run, d.segment, d.dsttype, d.events, d.lastevent AS last_event
FROM datasets d
WHERE d.tag = :tag AND d.dataset = :dataset AND d.dsttype IN (:dsttypes[text]) AND d.runnumber IN (:runs[int])
  AND SEGMENT(d.segment);
