-- Loops and cron passes that are at work, on any host, with what people ask of them; the history of passes; notices of the site.
-- step
CREATE TABLE IF NOT EXISTS production_loops (
    id text PRIMARY KEY, kind text NOT NULL CHECK (kind IN ('loop', 'control')), file text NOT NULL, account text NOT NULL,
    host text NOT NULL, pid integer NOT NULL, boot_id text NOT NULL, process_start text NOT NULL, started text NOT NULL,
    heartbeat text NOT NULL, silent_after integer NOT NULL, state text NOT NULL, doing text NOT NULL, until text,
    rules text NOT NULL DEFAULT '[]', trouble text NOT NULL DEFAULT '', queue text NOT NULL DEFAULT '',
    wanted text NOT NULL DEFAULT '' CHECK (wanted IN ('', 'pause', 'resume', 'stop')), wanted_for integer NOT NULL DEFAULT 0,
    wanted_by text NOT NULL DEFAULT '', ended text)
-- step
CREATE INDEX IF NOT EXISTS production_loops_alive ON production_loops (host, file) WHERE ended IS NULL
-- step
CREATE TABLE IF NOT EXISTS production_passes (
    host text NOT NULL, file text NOT NULL, rulename text NOT NULL, tag text NOT NULL, started text NOT NULL, seconds real NOT NULL,
    submitted integer NOT NULL, registered integer NOT NULL, finished integer NOT NULL, recovered integer NOT NULL,
    error text NOT NULL, reasons text NOT NULL)
-- step
CREATE INDEX IF NOT EXISTS production_passes_started ON production_passes (started)
-- step
CREATE INDEX IF NOT EXISTS production_passes_submitted ON production_passes (rulename, tag, started) WHERE submitted > 0
-- step
CREATE TABLE IF NOT EXISTS production_notices (kind text PRIMARY KEY, sent text NOT NULL, host text NOT NULL, text text NOT NULL)
