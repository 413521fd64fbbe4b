-- name: lock_claims
SELECT CAST(:lock AS text);

-- name: lock_rows
SELECT CAST(:rows AS text);

-- name: has_rollup
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'production_rollup';

-- name: lock_rollup
SELECT 1;

-- name: fold_rollup
INSERT INTO production_rollup
SELECT tag, dsttype, dataset, status, substatus, hour, SUM(n) FROM production_rollup_delta
GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(n) <> 0
ON CONFLICT DO UPDATE SET n = n + excluded.n;

-- name: drop_empty_rollup
DELETE FROM production_rollup WHERE n = 0;

-- name: clear_delta
DELETE FROM production_rollup_delta;
