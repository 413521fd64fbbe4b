-- name: has_table
-- Is there a table of this name?
SELECT 1 WHERE to_regclass(CAST(:table_name AS text)) IS NOT NULL;

-- name: has_column
-- Does the table have a column of this name?
SELECT 1 FROM pg_attribute
WHERE attrelid = to_regclass(CAST(:table_name AS text)) AND attname = CAST(:column_name AS text) AND NOT attisdropped;

-- name: functions_that_act
-- Which of these functions may do more than read?
-- Those of the names that belong to functions which may do more than read, whatever the transaction: volatile ones, but for a few.
SELECT DISTINCT CAST(proname AS text) FROM pg_proc
WHERE CAST(proname AS text) IN (:names[text]) AND provolatile = 'v'
  AND proname NOT IN ('random', 'clock_timestamp', 'timeofday', 'gen_random_uuid');

-- name: prefer_lookups
-- Makes PostgreSQL look rows up by an index, until the end of the transaction, where it may rather read a whole table.
-- It counts each row as a page read from a disk, though rows of jobs that were submitted together lie together, in memory as a rule.
SELECT set_config('random_page_cost', '0.3', true);

-- name: overview_statements
-- Which statement lets the overview take the production types of the profile and those that it has?
-- None where it does, and takes no others.
WITH wanted AS (
    SELECT 'CHECK ((production_type = ANY (ARRAY['
        || string_agg(quote_literal(production_type) || '::text', ', ' ORDER BY production_type) || '])))' AS types
    FROM (SELECT production_type FROM production_dsttypes UNION SELECT production_type FROM production_overview) known),
present AS (
    SELECT COALESCE(string_agg(format('DROP CONSTRAINT %I, ', c.conname), ''), '') AS drops, array_agg(pg_get_constraintdef(c.oid)) AS types
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = 'production_type'
    WHERE c.conrelid = CAST('production_overview' AS regclass) AND c.contype = 'c' AND c.conkey = ARRAY[a.attnum])
SELECT 'ALTER TABLE production_overview ' || present.drops
    || 'ADD CONSTRAINT production_overview_production_type_check ' || wanted.types AS statement
FROM wanted, present
WHERE wanted.types IS NOT NULL AND present.types IS DISTINCT FROM ARRAY[wanted.types];
