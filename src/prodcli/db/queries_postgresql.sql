-- name: lock_claims
SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext(CAST(:lock AS text)))) l;

-- name: has_table
SELECT 1 WHERE to_regclass(CAST(:table_name AS text)) IS NOT NULL;

-- name: has_column
SELECT 1 FROM pg_attribute
WHERE attrelid = to_regclass(CAST(:table_name AS text)) AND attname = CAST(:column_name AS text) AND NOT attisdropped;
