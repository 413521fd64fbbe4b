-- name: use_index_of_inputs
-- Makes PostgreSQL take the index over inputs until the end of the transaction; one row if there is such an index.
-- By itself PostgreSQL may rather go through all files of a run for each input of it, where those of a run lie together and those
-- of an input apart, as they were registered: it counts each of the latter as a page read from a disk, though the next input finds
-- it in memory. And it finds equal lists by their hashes: to sort them, as it would do with so few as it expects, costs a twelfth
-- of the time.
SELECT set_config('random_page_cost', '0.1', true), set_config('enable_sort', 'off', true) FROM pg_index i
WHERE i.indrelid = to_regclass('datasets') AND i.indisvalid AND i.indpred IS NULL
  AND (SELECT COUNT(*) FROM pg_attribute a
       WHERE a.attrelid = i.indrelid AND a.attname IN ('dsttype', 'tag', 'runnumber')
         AND a.attnum = ANY((CAST(i.indkey AS int2[]))[0:2])) = 3;

-- name: segment_inputs_by_index
-- Which segments of which runs have which inputs? As segment_inputs, where there is an index over inputs.
-- No row is compared with a text, and none looked up in a table of inputs.
-- The segments of an input in a run become a list, one that is not on disk with the sign's bit; most inputs of a run have the
-- same list, which is told once. That a segment is negative shows in the list, too: a condition would cost more per row.
-- OFFSET keeps the order of the loops: run by run, as most files lie; and each list is made once.
SELECT l.runnumber AS run, array_to_string(l.segments, ',') AS listed, bit_or(l.mask) AS mask
FROM (SELECT r.runnumber, m.mask,
             ARRAY(SELECT CASE WHEN d.status > 0 THEN d.segment ELSE d.segment | (-2147483648) END
                   FROM (SELECT * FROM datasets WHERE tag = :tag AND dataset = :dataset AND /* constraint */ 1 = 1) d
                   WHERE d.dsttype = m.name AND d.runnumber = r.runnumber) AS segments
      FROM unnest(INTS(:runs)) AS r(runnumber)
      CROSS JOIN LATERAL (SELECT * FROM RECORDS(:inputs) AS i(name text, mask bigint) OFFSET 0) m
      OFFSET 0) l
GROUP BY l.runnumber, l.segments HAVING cardinality(l.segments) > 0;
