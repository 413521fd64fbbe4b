-- Nodes that jobs keep away from, as people note them, and which of them the jobs of a schedd were told last.
-- step
CREATE TABLE IF NOT EXISTS production_excluded_nodes (
    id integer PRIMARY KEY AUTOINCREMENT, node text NOT NULL, reason text NOT NULL, author text NOT NULL,
    added text NOT NULL, expires text)
-- step unless column production_harvest.nodes
ALTER TABLE production_harvest ADD COLUMN nodes text
-- step
CREATE INDEX IF NOT EXISTS production_attempts_prodcli_finished ON production_attempts (finished)
