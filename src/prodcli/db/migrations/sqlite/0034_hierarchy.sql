-- The levels of productions: steps with what they read, and groups of runs. An author of a group is who made it beside the files.
-- step
CREATE TABLE IF NOT EXISTS production_steps (
    production text NOT NULL, rulename text NOT NULL, place integer NOT NULL, by_segment integer NOT NULL,
    PRIMARY KEY (production, rulename))
-- step
CREATE TABLE IF NOT EXISTS production_step_inputs (
    production text NOT NULL, rulename text NOT NULL, dsttype text NOT NULL, dataset text NOT NULL, tag text NOT NULL,
    PRIMARY KEY (production, rulename, dsttype, dataset, tag))
-- step
CREATE TABLE IF NOT EXISTS production_groups (
    production text NOT NULL, rulename text NOT NULL, groupname text NOT NULL, first_run integer NOT NULL, last_run integer NOT NULL,
    author text NOT NULL, PRIMARY KEY (production, rulename, first_run), CHECK (first_run <= last_run))
-- step
INSERT INTO production_steps (production, rulename, place, by_segment)
SELECT r.production, r.rulename, 0, 0
FROM production_production_rules r JOIN production_productions p ON p.name = r.production AND p.folder <> ''
WHERE NOT EXISTS (SELECT 1 FROM production_steps s WHERE s.production = r.production AND s.rulename = r.rulename)
