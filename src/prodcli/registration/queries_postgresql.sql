-- name: lock_production
-- Waits until no other process writes rows of this production; the lock ends with the transaction.
SELECT CAST(pg_advisory_xact_lock(hashtextextended(CAST(:dataset AS text) || ' ' || CAST(:tag AS text), 0)) AS text);

-- name: own_rows
-- Which of these files does the file catalog have, as they are? Their rows are locked until the end of the transaction.
OWN_ROWS()
FOR UPDATE OF f;
