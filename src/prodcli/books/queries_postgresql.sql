-- name: lock_claims
SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext(CAST(:lock AS text)))) l;

-- name: lock_rows
SELECT j.id FROM production_jobs j JOIN RECORDS(:rows) AS r(id int) ON r.id = j.id ORDER BY j.filename FOR UPDATE OF j;

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
