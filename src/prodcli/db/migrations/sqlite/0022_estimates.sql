-- What was estimated of rules with open jobs, hour by hour, and when these jobs had ended: how good the estimates are.
-- step
CREATE TABLE IF NOT EXISTS production_estimates (
    tag text NOT NULL, rulename text NOT NULL, dataset text NOT NULL, dsttype text NOT NULL, made text NOT NULL,
    jobs integer NOT NULL, low text NOT NULL, middle text NOT NULL, high text NOT NULL, ended text)
-- step
CREATE INDEX IF NOT EXISTS production_estimates_made ON production_estimates (made)
-- step
CREATE INDEX IF NOT EXISTS production_estimates_open ON production_estimates (tag, rulename) WHERE ended IS NULL
