-- Ways to the jobs that failed, and to the attempts that were held or failed: what a rescue looks at.
-- step
CREATE INDEX IF NOT EXISTS production_jobs_prodcli_failed ON production_jobs (schedd, dsttype) WHERE status = 'failed'
-- step
CREATE INDEX IF NOT EXISTS production_attempts_prodcli_holds
    ON production_attempts (hold_code, entered) WHERE hold_code IS NOT NULL
-- step
CREATE INDEX IF NOT EXISTS production_attempts_prodcli_failed ON production_attempts (exit_code, entered) WHERE status = 'failed'
