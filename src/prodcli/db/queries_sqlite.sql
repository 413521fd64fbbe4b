-- name: lock_claims
SELECT CAST(:lock AS text);

-- name: lock_rows
SELECT CAST(:rows AS text);

-- name: has_table
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :table_name;

-- name: has_column
SELECT 1 FROM pragma_table_info(:table_name) WHERE lower(name) = :column_name;

-- name: unique_cluster_indexes
SELECT l.name, l.origin FROM pragma_index_list('production_jobs') l
WHERE l."unique" = 1
  AND (SELECT group_concat(lower(c.name)) FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY name) c) = 'clusterid,procid';

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
