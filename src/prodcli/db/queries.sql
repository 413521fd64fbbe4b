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

-- fragment: OF_TYPE(dsttype, prefix)
-- Does a dsttype belong to the production type that names this beginning?
({dsttype} = {prefix} OR substr({dsttype}, 1, length({prefix}) + 1) = {prefix} || '_')

-- fragment: KINDS()
-- The pairs of tag and dsttype that have jobs, from the rollup.
(SELECT tag, dsttype FROM production_rollup UNION SELECT tag, dsttype FROM production_rollup_delta)

-- name: register_campaigns
-- Registers the campaigns of all jobs that are not registered yet.
INSERT INTO production_overview (tag, production_type)
SELECT DISTINCT k.tag, t.production_type FROM KINDS() k JOIN production_dsttypes t ON OF_TYPE(k.dsttype, t.prefix)
WHERE NOT EXISTS (SELECT 1 FROM production_overview o WHERE o.tag = k.tag AND o.production_type = t.production_type)
ON CONFLICT DO NOTHING;

-- name: note_unknown_dsttypes
-- Notes the dsttypes of all jobs that have no production type.
INSERT INTO production_unknown_dsttypes (dsttype, tag)
SELECT k.dsttype, MIN(k.tag) FROM KINDS() k
WHERE NOT EXISTS (SELECT 1 FROM production_dsttypes t WHERE OF_TYPE(k.dsttype, t.prefix))
GROUP BY k.dsttype
ON CONFLICT DO NOTHING;

-- name: forget_known_dsttypes
-- Forgets unknown dsttypes that have a production type by now.
DELETE FROM production_unknown_dsttypes
WHERE EXISTS (SELECT 1 FROM production_dsttypes t WHERE OF_TYPE(production_unknown_dsttypes.dsttype, t.prefix));

-- name: count_jobs
-- How many jobs do the books have?
SELECT COUNT(*) FROM production_jobs;

-- name: unknown_dsttypes
-- Which dsttypes do the books have that the site profile does not know?
SELECT dsttype FROM production_unknown_dsttypes ORDER BY dsttype;
