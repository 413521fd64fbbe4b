-- name: steps_of_productions
-- Which steps do productions have, parents first, and what do they make?
SELECT s.production, s.rulename AS rule, r.config, r.dsttype, r.dataset, r.tag, s.by_segment
FROM production_steps s JOIN production_production_rules r ON r.production = s.production AND r.rulename = s.rulename
ORDER BY s.production, s.place, s.rulename;

-- name: inputs_of_steps
-- What do the steps of productions read?
SELECT i.production, i.rulename AS rule, i.dsttype, i.dataset, i.tag
FROM production_step_inputs i
ORDER BY i.production, i.rulename, i.tag, i.dataset, i.dsttype;

-- name: groups_of_steps
-- Into which groups of runs are the steps of productions divided?
SELECT g.production, g.rulename AS rule, g.groupname AS name, g.first_run AS low, g.last_run AS high, g.author
FROM production_groups g
ORDER BY g.production, g.rulename, g.first_run;

-- name: add_steps
-- Writes the steps of a production.
INSERT INTO production_steps (production, rulename, place, by_segment)
SELECT CAST(:name AS text), r.rule, r.place, r.by_segment FROM RECORDS(:rows) AS r(rule text, place int, by_segment int);

-- name: add_step_inputs
-- Writes what the steps of a production read.
INSERT INTO production_step_inputs (production, rulename, dsttype, dataset, tag)
SELECT CAST(:name AS text), r.rule, r.dsttype, r.dataset, r.tag
FROM RECORDS(:rows) AS r(rule text, dsttype text, dataset text, tag text);

-- name: add_groups
-- Writes groups of runs of the steps of a production; without an author those of its files.
INSERT INTO production_groups (production, rulename, groupname, first_run, last_run, author)
SELECT CAST(:name AS text), r.rule, r.name, r.low, r.high, CAST(:author AS text)
FROM RECORDS(:rows) AS r(rule text, name text, low int, high int);

-- name: forget_declared_groups
-- Deletes the groups that the files of a production declare.
DELETE FROM production_groups WHERE production = CAST(:name AS text) AND author = '';

-- name: forget_group
-- Deletes a group of a step that somebody made beside the files.
DELETE FROM production_groups
WHERE production = CAST(:name AS text) AND rulename = CAST(:rule AS text) AND groupname = CAST(:groupname AS text) AND author <> '';
