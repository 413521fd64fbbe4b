-- Digests that were made: of which time and tags, by whom, and the figures of that moment, which the next digest compares with.
-- step
CREATE TABLE IF NOT EXISTS production_digests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, made timestamptz NOT NULL, author text NOT NULL, since timestamptz NOT NULL, until timestamptz NOT NULL,
    tags text NOT NULL, figures text NOT NULL)
