-- Who submitted the jobs of a claim, and with which priority.
-- step
ALTER TABLE production_claims ADD COLUMN IF NOT EXISTS account text
-- step
ALTER TABLE production_claims ADD COLUMN IF NOT EXISTS priority int
