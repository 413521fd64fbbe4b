-- How many output segments a job makes; its file name is that of the first.
-- step unless column production_jobs.outputs_per_job
ALTER TABLE production_jobs ADD COLUMN outputs_per_job integer NOT NULL DEFAULT 1
-- step unless column production_taken.outputs_per_job
ALTER TABLE production_taken ADD COLUMN outputs_per_job integer NOT NULL DEFAULT 1
