-- name: lock_production
-- Waits until no other process writes rows of this production; the lock ends with the transaction.
SELECT CAST(pg_advisory_xact_lock(hashtextextended(CAST(:dataset AS text) || ' ' || CAST(:tag AS text), 0)) AS text);

-- name: locked_file_rows
-- What does the file catalog know of these files? Their rows are locked until the end of the transaction.
FILE_ROWS()
ORDER BY f.lfn, f.full_host_name, f.full_file_path
FOR UPDATE OF f;

-- name: own_rows
-- Which of these files does the file catalog have, as they are? Their rows are locked until the end of the transaction.
OWN_ROWS()
ORDER BY f.lfn, f.full_host_name, f.full_file_path
FOR UPDATE OF f;
