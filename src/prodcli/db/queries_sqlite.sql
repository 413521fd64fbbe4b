-- name: has_table
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :table_name;

-- name: has_column
SELECT 1 FROM pragma_table_info(:table_name) WHERE lower(name) = :column_name;

-- name: unique_cluster_indexes
SELECT l.name, l.origin FROM pragma_index_list('production_jobs') l
WHERE l."unique" = 1
  AND (SELECT group_concat(lower(c.name)) FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY name) c) = 'clusterid,procid';
