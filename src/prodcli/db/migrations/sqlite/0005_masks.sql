-- Masked hosts and invalid runs, as people note them; and the mask that a job ran under.
-- step unless column production_jobs.mask
ALTER TABLE production_jobs ADD COLUMN mask text
-- step
CREATE TABLE IF NOT EXISTS production_masks (
    id integer PRIMARY KEY AUTOINCREMENT, hosts text NOT NULL, first_run integer NOT NULL, last_run integer NOT NULL,
    dsttype text NOT NULL DEFAULT '', reason text NOT NULL, author text NOT NULL, added text NOT NULL, expires text,
    CHECK (first_run <= last_run))
-- step
CREATE TABLE IF NOT EXISTS production_invalid_runs (
    id integer PRIMARY KEY AUTOINCREMENT, first_run integer NOT NULL, last_run integer NOT NULL, first_segment integer,
    last_segment integer, dsttype text NOT NULL DEFAULT '', reason text NOT NULL, author text NOT NULL,
    added text NOT NULL, expires text,
    CHECK (first_run <= last_run), CHECK ((first_segment IS NULL) = (last_segment IS NULL)))
