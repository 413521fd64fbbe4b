-- What the jobs of a claim make, so that no tag gets jobs with two numbers of outputs.
-- step unless column production_claims.tag
ALTER TABLE production_claims ADD COLUMN tag text
-- step unless column production_claims.dataset
ALTER TABLE production_claims ADD COLUMN dataset text
-- step unless column production_claims.dsttype
ALTER TABLE production_claims ADD COLUMN dsttype text
-- step unless column production_claims.outputs_per_job
ALTER TABLE production_claims ADD COLUMN outputs_per_job integer
-- step
UPDATE production_claims SET tag = j.tag, dataset = j.dataset, dsttype = j.dsttype, outputs_per_job = j.outputs_per_job
FROM (SELECT claim_id, MIN(tag) AS tag, MIN(dataset) AS dataset, MIN(dsttype) AS dsttype, MIN(outputs_per_job) AS outputs_per_job
      FROM production_jobs WHERE claim_id IS NOT NULL GROUP BY claim_id) j
WHERE j.claim_id = production_claims.id AND production_claims.tag IS NULL
