-- Who submitted the jobs of a claim, and with which priority.
-- step unless column production_claims.account
ALTER TABLE production_claims ADD COLUMN account text
-- step unless column production_claims.priority
ALTER TABLE production_claims ADD COLUMN priority integer
