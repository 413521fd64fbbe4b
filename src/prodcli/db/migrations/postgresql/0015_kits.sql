-- Which worker kit the jobs of a claim were submitted with: the name of its content.
-- step
ALTER TABLE production_claims ADD COLUMN IF NOT EXISTS kit text
