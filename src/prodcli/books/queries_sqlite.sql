-- name: lock_claims
-- Waits for whoever holds the lock of this name, and holds it to the end of the transaction; SQLite locks the whole file anyway.
SELECT CAST(:lock AS text);

-- name: lock_rows
-- Locks the rows of these jobs, ordered by file name against deadlocks; SQLite locks the whole file anyway.
SELECT CAST(:rows AS text);

-- name: has_rollup
-- Are there tables of the rollup that this session may read?
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'production_rollup';

-- name: lock_rollup
-- Waits for whoever folds or rebuilds the rollup; SQLite locks the whole file anyway.
SELECT 1;

-- name: fold_rollup
-- Adds the changes since the last fold to the rollup.
INSERT INTO production_rollup
SELECT tag, dsttype, dataset, status, substatus, hour, SUM(n) FROM production_rollup_delta
GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(n) <> 0
ON CONFLICT DO UPDATE SET n = n + excluded.n;

-- name: drop_empty_rollup
-- Removes the lines of the rollup that count no job any more.
DELETE FROM production_rollup WHERE n = 0;

-- name: clear_delta
-- Removes the changes that were folded into the rollup.
DELETE FROM production_rollup_delta;
