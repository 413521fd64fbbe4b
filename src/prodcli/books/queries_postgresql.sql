-- name: lock_claims
-- Waits for whoever holds the lock of this name, and holds it to the end of the transaction; SQLite locks the whole file anyway.
SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext(CAST(:lock AS text)))) l;

-- name: lock_rows
-- Locks the rows of these jobs, ordered by file name against deadlocks; SQLite locks the whole file anyway.
SELECT j.id FROM production_jobs j JOIN RECORDS(:rows) AS r(id int) ON r.id = j.id ORDER BY j.filename FOR UPDATE OF j;

-- name: has_rollup
-- Are there tables of the rollup that this session may read?
SELECT 1 WHERE has_table_privilege(to_regclass('production_rollup'), 'SELECT')
  AND has_table_privilege(to_regclass('production_rollup_delta'), 'SELECT');

-- name: lock_rollup
-- Waits for whoever folds or rebuilds the rollup; SQLite locks the whole file anyway.
SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext('prodcli rollup'))) l;

-- name: fold_rollup
-- Adds the changes since the last fold to the rollup.
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
