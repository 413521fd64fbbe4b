-- Which worker kit the jobs of a claim were submitted with: the name of its content.
-- step unless column production_claims.kit
ALTER TABLE production_claims ADD COLUMN kit text
