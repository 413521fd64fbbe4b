-- name: all_productions
-- Which named productions are there, and which of them are stopped?
SELECT p.name, p.folder, p.state, p.reason, p.author, EPOCH(p.made) AS made, EPOCH(p.changed) AS changed
FROM production_productions p
ORDER BY p.name;

-- name: rules_of_productions
-- What do the rules of named productions make?
SELECT r.production, r.rulename AS rule, r.config, r.dsttype, r.dataset, r.tag
FROM production_production_rules r
ORDER BY r.production, r.rulename;

-- name: add_production
-- Writes a new production, unless there is one of this name.
INSERT INTO production_productions (name, folder, state, reason, author, made, changed)
VALUES (CAST(:name AS text), CAST(:folder AS text), 'open', CAST(:reason AS text), CAST(:author AS text), NOW(), NOW())
ON CONFLICT (name) DO NOTHING;

-- name: forget_rules_of_production
-- Deletes what is known of the rules of a production.
DELETE FROM production_production_rules WHERE production = CAST(:name AS text);

-- name: forget_steps
-- Deletes the steps of a production.
DELETE FROM production_steps WHERE production = CAST(:name AS text);

-- name: forget_step_inputs
-- Deletes what is known of the inputs of a production's steps.
DELETE FROM production_step_inputs WHERE production = CAST(:name AS text);

-- name: forget_groups
-- Deletes all groups of runs of a production.
DELETE FROM production_groups WHERE production = CAST(:name AS text);

-- name: add_rules_of_production
-- Writes what the rules of a production make.
INSERT INTO production_production_rules (production, rulename, config, dsttype, dataset, tag)
SELECT CAST(:name AS text), r.rule, r.config, r.dsttype, r.dataset, r.tag
FROM RECORDS(:rules) AS r(rule text, config text, dsttype text, dataset text, tag text)
WHERE 1 = 1
ON CONFLICT (production, rulename) DO UPDATE SET config = excluded.config, dsttype = excluded.dsttype, dataset = excluded.dataset,
    tag = excluded.tag;

-- name: set_production
-- Stops a production, or opens it again.
UPDATE production_productions
SET state = CAST(:state AS text), reason = CAST(:reason AS text), author = CAST(:author AS text), changed = NOW()
WHERE name = CAST(:name AS text) AND state <> CAST(:state AS text);

-- name: forget_production
-- Deletes a production.
DELETE FROM production_productions WHERE name = CAST(:name AS text);

-- name: stopped_productions_of
-- Which stopped productions make this product? A rule without a dsttype stands for all rules of its tag.
SELECT DISTINCT p.name, p.author, p.reason, EPOCH(p.changed) AS changed
FROM production_productions p JOIN production_production_rules r ON r.production = p.name
WHERE p.state = 'stopped' AND r.tag = CAST(:tag AS text)
  AND (r.dsttype = '' OR r.dsttype = CAST(:dsttype AS text) AND r.dataset = CAST(:dataset AS text))
ORDER BY p.name;

-- name: booked_runs
-- Of which runs have the books jobs of a product?
SELECT DISTINCT j.runnumber FROM production_jobs j
WHERE substr(j.tag, 1, 100) = substr(CAST(:tag AS text), 1, 100) AND j.tag = CAST(:tag AS text) AND j.dataset = CAST(:dataset AS text)
  AND OF_DSTTYPE(j.dsttype, CAST(:dsttype AS text))
  AND j.runnumber IS NOT NULL;

-- name: registered_runs
-- Of which runs has the file catalog files of a product?
SELECT DISTINCT d.runnumber FROM datasets d
WHERE d.tag = CAST(:tag AS text) AND d.dataset = CAST(:dataset AS text) AND OF_DSTTYPE(d.dsttype, CAST(:dsttype AS text))
  AND d.runnumber IS NOT NULL;
