-- Services that jobs need: in which state each was, from when until when; and what people announce on every view.
-- step
CREATE TABLE IF NOT EXISTS production_service_states (
    id integer PRIMARY KEY, service text NOT NULL,
    state text NOT NULL CHECK (state IN ('up', 'degraded', 'down', 'maintenance')), since text NOT NULL, until text,
    note text NOT NULL, author text NOT NULL, entered text NOT NULL, checked text)
-- step
CREATE INDEX IF NOT EXISTS production_service_states_until ON production_service_states (until)
-- step
CREATE TABLE IF NOT EXISTS production_announcements (
    id integer PRIMARY KEY, text text NOT NULL, author text NOT NULL, made text NOT NULL,
    until text)
