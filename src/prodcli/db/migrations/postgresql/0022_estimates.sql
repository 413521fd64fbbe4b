-- What was estimated of rules with open jobs, hour by hour, and when these jobs had ended: how good the estimates are.
-- step
CREATE TABLE IF NOT EXISTS production_estimates (
    tag text NOT NULL, rulename text NOT NULL, dataset text NOT NULL, dsttype text NOT NULL, made timestamptz NOT NULL,
    jobs int NOT NULL, low timestamptz NOT NULL, middle timestamptz NOT NULL, high timestamptz NOT NULL, ended timestamptz)
-- step
CREATE INDEX IF NOT EXISTS production_estimates_made ON production_estimates (made)
-- step
CREATE INDEX IF NOT EXISTS production_estimates_open ON production_estimates (tag, rulename) WHERE ended IS NULL
