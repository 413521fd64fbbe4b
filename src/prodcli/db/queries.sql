-- name: applied_migrations
SELECT version FROM prodcli_schema ORDER BY version;

-- name: note_migration
INSERT INTO prodcli_schema (version, name, applied) VALUES (:version, :name, NOW());

-- name: duplicate_filenames
SELECT filename, COUNT(*) FROM production_jobs WHERE filename IS NOT NULL
GROUP BY filename HAVING COUNT(*) > 1 ORDER BY filename;

-- name: clear_dsttypes
DELETE FROM production_dsttypes;

-- name: fill_dsttypes
INSERT INTO production_dsttypes (prefix, production_type)
SELECT r.prefix, r.production_type FROM RECORDS(:rows) AS r(prefix text, production_type text);

-- name: count_jobs
SELECT COUNT(*) FROM production_jobs;

-- name: unknown_dsttypes
SELECT dsttype FROM production_unknown_dsttypes ORDER BY dsttype;
