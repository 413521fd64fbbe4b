-- When a schedd's queue was last compared with the books, and a way to the jobs that wait to be materialized.
-- step unless column production_harvest.swept
ALTER TABLE production_harvest ADD COLUMN swept text
-- step
CREATE INDEX IF NOT EXISTS production_jobs_prodcli_waiting
    ON production_jobs (schedd, substatus, clusterid, procid) WHERE status = 'submitted'
