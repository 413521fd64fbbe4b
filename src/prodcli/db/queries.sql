-- name: applied_migrations
-- Which migrations has the database?
SELECT version FROM prodcli_schema ORDER BY version;

-- name: note_migration
-- Notes a migration as applied.
INSERT INTO prodcli_schema (version, name, applied) VALUES (:version, :name, NOW());

-- name: duplicate_filenames
-- Which file names have several rows, and how many?
SELECT filename, COUNT(*) FROM production_jobs WHERE filename IS NOT NULL
GROUP BY filename HAVING COUNT(*) > 1 ORDER BY filename;

-- name: clear_dsttypes
-- Empties the list of dsttypes and their production types.
DELETE FROM production_dsttypes;

-- name: fill_dsttypes
-- Writes the list of dsttypes and their production types.
INSERT INTO production_dsttypes (prefix, production_type)
SELECT r.prefix, r.production_type FROM RECORDS(:rows) AS r(prefix text, production_type text);

-- name: count_jobs
-- How many jobs do the books have?
SELECT COUNT(*) FROM production_jobs;

-- name: unknown_dsttypes
-- Which dsttypes do the books have that the site profile does not know?
SELECT dsttype FROM production_unknown_dsttypes ORDER BY dsttype;
