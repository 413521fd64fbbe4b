-- name: lock_claims
SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext(CAST(:lock AS text)))) l;

-- name: lock_rows
SELECT j.id FROM production_jobs j JOIN RECORDS(:rows) AS r(id int) ON r.id = j.id ORDER BY j.filename FOR UPDATE OF j;

-- name: has_table
SELECT 1 WHERE to_regclass(CAST(:table_name AS text)) IS NOT NULL;

-- name: has_column
SELECT 1 FROM pg_attribute
WHERE attrelid = to_regclass(CAST(:table_name AS text)) AND attname = CAST(:column_name AS text) AND NOT attisdropped;

-- If there is an index for segment_inputs_by_index, makes PostgreSQL take it until the end of the transaction. By itself it may
-- rather go through all files of a run for each input of it, where those of a run lie together and those of an input apart, as
-- they were registered: it counts each of the latter as a page read from a disk, though the next input finds it in memory.
-- And it finds equal lists by their hashes: to sort them, as it would do with so few as it expects, costs a twelfth of the time.
-- name: use_index_of_inputs
SELECT set_config('random_page_cost', '0.1', true), set_config('enable_sort', 'off', true) FROM pg_index i
WHERE i.indrelid = to_regclass('datasets') AND i.indisvalid AND i.indpred IS NULL
  AND (SELECT COUNT(*) FROM pg_attribute a
       WHERE a.attrelid = i.indrelid AND a.attname IN ('dsttype', 'tag', 'runnumber')
         AND a.attnum = ANY((CAST(i.indkey AS int2[]))[0:2])) = 3;

-- As segment_inputs, where there is an index for it: no row is compared with a text, and none looked up in a table of inputs.
-- The segments of an input in a run become a list, one that is not on disk with the sign's bit; most inputs of a run have the
-- same list, which is told once. That a segment is negative shows in the list, too: a condition would cost more per row.
-- OFFSET keeps the order of the loops: run by run, as most files lie; and each list is made once.
-- name: segment_inputs_by_index
SELECT l.runnumber, array_to_string(l.segments, ','), bit_or(l.mask)
FROM (SELECT r.runnumber, m.mask,
             ARRAY(SELECT CASE WHEN d.status > 0 THEN d.segment ELSE d.segment | (-2147483648) END
                   FROM (SELECT * FROM datasets WHERE tag = :tag AND dataset = :dataset AND /* constraint */ 1 = 1) d
                   WHERE d.dsttype = m.name AND d.runnumber = r.runnumber) AS segments
      FROM unnest(INTS(:runs)) AS r(runnumber)
      CROSS JOIN LATERAL (SELECT * FROM RECORDS(:inputs) AS i(name text, mask bigint) OFFSET 0) m
      OFFSET 0) l
GROUP BY l.runnumber, l.segments HAVING cardinality(l.segments) > 0;

-- name: has_rollup
SELECT 1 WHERE has_table_privilege(to_regclass('production_rollup'), 'SELECT')
  AND has_table_privilege(to_regclass('production_rollup_delta'), 'SELECT');

-- name: lock_rollup
SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext('prodcli rollup'))) l;

-- name: fold_rollup
WITH taken AS (DELETE FROM production_rollup_delta RETURNING *),
     moved AS (SELECT tag, dsttype, dataset, status, substatus, hour, SUM(n) AS n FROM taken GROUP BY 1, 2, 3, 4, 5, 6),
     old AS (DELETE FROM production_rollup r USING moved m
             WHERE r.tag = m.tag AND r.dsttype = m.dsttype AND r.dataset = m.dataset AND r.status = m.status
               AND r.substatus = m.substatus AND r.hour = m.hour
             RETURNING r.*)
INSERT INTO production_rollup
SELECT tag, dsttype, dataset, status, substatus, hour, CAST(SUM(n) AS bigint)
FROM (SELECT * FROM moved UNION ALL SELECT * FROM old) folded
GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(n) <> 0;

-- Those of the names that belong to functions which may do more than read, whatever the transaction: volatile ones, but for a few.
-- name: functions_that_act
SELECT DISTINCT CAST(proname AS text) FROM pg_proc
WHERE CAST(proname AS text) IN (:names[text]) AND provolatile = 'v'
  AND proname NOT IN ('random', 'clock_timestamp', 'timeofday', 'gen_random_uuid');
