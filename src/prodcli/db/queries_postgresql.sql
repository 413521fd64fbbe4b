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
