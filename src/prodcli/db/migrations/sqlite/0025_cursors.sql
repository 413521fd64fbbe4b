-- Where a production stands: the run from which on there is work, by product, and how passes move it.
-- step
CREATE TABLE IF NOT EXISTS production_cursors (
    dsttype text NOT NULL, dataset text NOT NULL, tag text NOT NULL, runnumber integer NOT NULL,
    moves text NOT NULL CHECK (moves IN ('stay', 'follow', 'ratchet')), reason text NOT NULL, author text NOT NULL,
    moved text NOT NULL, PRIMARY KEY (dsttype, dataset, tag))
