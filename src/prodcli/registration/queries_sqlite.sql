-- name: lock_production
-- As in PostgreSQL: SQLite has one process that writes at any time, so that nothing is left to wait for.
SELECT CAST(:dataset AS text) || ' ' || CAST(:tag AS text);

-- name: lock_datasets
-- As in PostgreSQL: SQLite has locked all rows.
SELECT COUNT(*) FROM datasets WHERE filename IN (:names[text]) AND dataset = CAST(:dataset AS text);
