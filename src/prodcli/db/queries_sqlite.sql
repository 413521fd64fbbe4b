-- name: has_table
-- Is there a table of this name?
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :table_name;

-- name: has_column
-- Does the table have a column of this name?
SELECT 1 FROM pragma_table_info(:table_name) WHERE lower(name) = :column_name;

-- name: unique_cluster_indexes
-- Which unique indexes does production_jobs have over cluster and proc alone, and do they come from a constraint?
SELECT l.name, l.origin FROM pragma_index_list('production_jobs') l
WHERE l."unique" = 1
  AND (SELECT group_concat(lower(c.name)) FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY name) c) = 'clusterid,procid';

-- name: prefer_lookups
-- Makes PostgreSQL look rows up by an index; SQLite does anyway.
SELECT 1;
