-- Digests that were made: of which time and tags, by whom, and the figures of that moment, which the next digest compares with.
-- step
CREATE TABLE IF NOT EXISTS production_digests (
    id integer PRIMARY KEY, made text NOT NULL, author text NOT NULL, since text NOT NULL, until text NOT NULL,
    tags text NOT NULL, figures text NOT NULL)
