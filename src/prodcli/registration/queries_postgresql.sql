-- name: lock_production
-- Waits until no other process writes rows of this production; the lock ends with the transaction.
SELECT CAST(pg_advisory_xact_lock(hashtextextended(CAST(:dataset AS text) || ' ' || CAST(:tag AS text), 0)) AS text);

-- name: lock_datasets
-- Locks the rows of these files until the end of the transaction.
SELECT COUNT(*) FROM (
    SELECT 1 FROM datasets WHERE filename IN (:names[text]) AND dataset = CAST(:dataset AS text)
    ORDER BY filename FOR UPDATE) l;
