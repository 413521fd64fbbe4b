-- Ways to the attempts that were held or failed: what a rescue looks at to see how often a retry helped.
-- step
CREATE INDEX IF NOT EXISTS production_attempts_prodcli_holds
    ON production_attempts (hold_code, entered) WHERE hold_code IS NOT NULL
-- step
CREATE INDEX IF NOT EXISTS production_attempts_prodcli_failed ON production_attempts (exit_code, entered) WHERE status = 'failed'
