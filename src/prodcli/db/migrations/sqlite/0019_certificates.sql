-- Certificates of complete productions: the checksum of each manifest, so that a changed manifest shows.
-- step
CREATE TABLE IF NOT EXISTS production_certificates (
    id text PRIMARY KEY, sha256 text NOT NULL, rulename text NOT NULL, tag text NOT NULL, dataset text NOT NULL,
    dsttype text NOT NULL, runs text NOT NULL, files integer NOT NULL, bytes integer NOT NULL, events integer NOT NULL,
    author text NOT NULL, version text NOT NULL, made text NOT NULL)
