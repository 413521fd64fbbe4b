-- The states of data by dataset, tag, dsttype and run, each with its history; and labels of runs.
-- step
CREATE TABLE IF NOT EXISTS production_data_states (
    id integer PRIMARY KEY AUTOINCREMENT, dataset text NOT NULL, tag text NOT NULL, dsttype text NOT NULL,
    runnumber integer NOT NULL, reason text NOT NULL, author text NOT NULL, added text NOT NULL, replaced text,
    state text NOT NULL CHECK (state IN ('open', 'finalized', 'validated', 'invalidated', 'broken', 'tape')))
-- step
CREATE UNIQUE INDEX IF NOT EXISTS production_data_states_current ON production_data_states (dsttype, tag, runnumber, dataset)
    WHERE replaced IS NULL
-- step
CREATE INDEX IF NOT EXISTS production_data_states_run ON production_data_states (runnumber)
-- step
CREATE TABLE IF NOT EXISTS production_run_labels (
    label text NOT NULL, runnumber integer NOT NULL, reason text NOT NULL, author text NOT NULL, added text NOT NULL,
    PRIMARY KEY (label, runnumber))
