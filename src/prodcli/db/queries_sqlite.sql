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

-- name: overview_statements
-- Which statements let the overview take the production types of the profile and those that it has?
-- None where it does, and takes no others. SQLite has to make the table anew, without the triggers that speak of it.
WITH wanted AS (
    SELECT 'CHECK (production_type IN (' || COALESCE(group_concat(quote(production_type), ', '), '') || '))' AS types
    FROM (SELECT production_type FROM production_dsttypes UNION SELECT production_type FROM production_overview ORDER BY 1)),
triggers AS (SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND instr(sql, 'production_overview') > 0)
SELECT statement FROM (
    SELECT 1 AS place, 'DROP TRIGGER ' || name AS statement FROM triggers
    UNION ALL SELECT 2, 'CREATE TABLE production_overview_new (id integer PRIMARY KEY AUTOINCREMENT, tag text NOT NULL,'
        || ' production_type text NOT NULL ' || types || ', active integer NOT NULL DEFAULT 0, display_name text,'
        || ' priority integer NOT NULL DEFAULT 0, started_at text, expected_end text, notes text,'
        || ' registered_at text NOT NULL DEFAULT (strftime(''%Y-%m-%dT%H:%M:%fZ'', ''now'')), UNIQUE (tag, production_type))'
    FROM wanted
    UNION ALL SELECT 3, 'INSERT INTO production_overview_new SELECT id, tag, production_type, active, display_name, priority,'
        || ' started_at, expected_end, notes, registered_at FROM production_overview'
    UNION ALL SELECT 4, 'DROP TABLE production_overview'
    UNION ALL SELECT 5, 'ALTER TABLE production_overview_new RENAME TO production_overview'
    UNION ALL SELECT 6, sql FROM triggers) needed
WHERE NOT EXISTS (SELECT 1 FROM sqlite_master m, wanted WHERE m.name = 'production_overview' AND instr(m.sql, wanted.types) > 0)
ORDER BY place;
