-- name: lock_production
-- As in PostgreSQL: SQLite has one process that writes at any time, so that nothing is left to wait for.
SELECT CAST(:dataset AS text) || ' ' || CAST(:tag AS text);

-- name: locked_file_rows
-- What does the file catalog know of these files? SQLite has locked all rows.
FILE_ROWS();

-- name: own_rows
-- Which of these files does the file catalog have, as they are? SQLite has locked all rows.
OWN_ROWS();
