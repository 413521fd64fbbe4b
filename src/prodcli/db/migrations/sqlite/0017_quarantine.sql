-- Files that wait for a person's decision, each content once.
-- step
CREATE TABLE IF NOT EXISTS production_quarantine (
    filename text NOT NULL, dataset text NOT NULL, tag text NOT NULL, dsttype text NOT NULL, runnumber integer NOT NULL,
    segment integer NOT NULL, size integer NOT NULL, events integer NOT NULL, md5 text NOT NULL, reason text NOT NULL,
    added text NOT NULL, state text NOT NULL CHECK (state IN ('open', 'released', 'rejected')), author text NOT NULL,
    remark text NOT NULL, decided text, PRIMARY KEY (filename, dataset, md5))
