-- Named productions: where they are, what their rules make, and which of them may submit nothing.
-- step
CREATE TABLE IF NOT EXISTS production_productions (
    name text PRIMARY KEY, folder text NOT NULL, state text NOT NULL CHECK (state IN ('open', 'stopped')), reason text NOT NULL,
    author text NOT NULL, made text NOT NULL, changed text NOT NULL)
-- step
CREATE TABLE IF NOT EXISTS production_production_rules (
    production text NOT NULL, rulename text NOT NULL, config text NOT NULL, dsttype text NOT NULL, dataset text NOT NULL,
    tag text NOT NULL, PRIMARY KEY (production, rulename))
-- step
CREATE INDEX IF NOT EXISTS production_production_rules_tag ON production_production_rules (tag, dsttype)
