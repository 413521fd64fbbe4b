-- Services that jobs need: in which state each was, from when until when; and what people announce on every view.
-- step
CREATE TABLE IF NOT EXISTS production_service_states (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, service text NOT NULL,
    state text NOT NULL CHECK (state IN ('up', 'degraded', 'down', 'maintenance')), since timestamptz NOT NULL, until timestamptz,
    note text NOT NULL, author text NOT NULL, entered timestamptz NOT NULL, checked timestamptz)
-- step
CREATE INDEX IF NOT EXISTS production_service_states_until ON production_service_states (until)
-- step
CREATE TABLE IF NOT EXISTS production_announcements (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL, author text NOT NULL, made timestamptz NOT NULL,
    until timestamptz)
