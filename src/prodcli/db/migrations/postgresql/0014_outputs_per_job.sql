-- How many output segments a job makes; its file name is that of the first.
-- step
ALTER TABLE production_jobs ADD COLUMN IF NOT EXISTS outputs_per_job int NOT NULL DEFAULT 1
-- step
ALTER TABLE production_taken ADD COLUMN IF NOT EXISTS outputs_per_job int NOT NULL DEFAULT 1
