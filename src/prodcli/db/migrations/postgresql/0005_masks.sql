-- Masked hosts and invalid runs, as people note them; and the mask that a job ran under.
-- step
ALTER TABLE production_jobs ADD COLUMN IF NOT EXISTS mask text
-- step
CREATE TABLE IF NOT EXISTS production_masks (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hosts text NOT NULL, first_run int NOT NULL, last_run int NOT NULL,
    dsttype text NOT NULL DEFAULT '', reason text NOT NULL, author text NOT NULL, added timestamptz NOT NULL,
    expires timestamptz, CHECK (first_run <= last_run))
-- step
CREATE TABLE IF NOT EXISTS production_invalid_runs (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, first_run int NOT NULL, last_run int NOT NULL, first_segment int,
    last_segment int, dsttype text NOT NULL DEFAULT '', reason text NOT NULL, author text NOT NULL,
    added timestamptz NOT NULL, expires timestamptz,
    CHECK (first_run <= last_run), CHECK ((first_segment IS NULL) = (last_segment IS NULL)))
