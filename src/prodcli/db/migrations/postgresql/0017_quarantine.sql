-- Files that wait for a person's decision, each content once.
-- step
CREATE TABLE IF NOT EXISTS production_quarantine (
    filename text NOT NULL, dataset text NOT NULL, tag text NOT NULL, dsttype text NOT NULL, runnumber int NOT NULL,
    segment int NOT NULL, size bigint NOT NULL, events bigint NOT NULL, md5 text NOT NULL, reason text NOT NULL,
    added timestamptz NOT NULL, state text NOT NULL CHECK (state IN ('open', 'released', 'rejected')), author text NOT NULL,
    remark text NOT NULL, decided timestamptz, PRIMARY KEY (filename, dataset, md5))
