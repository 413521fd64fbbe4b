-- What the jobs of a claim make, so that no tag gets jobs with two numbers of outputs.
-- step
ALTER TABLE production_claims ADD COLUMN IF NOT EXISTS tag text
-- step
ALTER TABLE production_claims ADD COLUMN IF NOT EXISTS dataset text
-- step
ALTER TABLE production_claims ADD COLUMN IF NOT EXISTS dsttype text
-- step
ALTER TABLE production_claims ADD COLUMN IF NOT EXISTS outputs_per_job int
-- step
UPDATE production_claims SET tag = j.tag, dataset = j.dataset, dsttype = j.dsttype, outputs_per_job = j.outputs_per_job
FROM (SELECT claim_id, MIN(tag) AS tag, MIN(dataset) AS dataset, MIN(dsttype) AS dsttype, MIN(outputs_per_job) AS outputs_per_job
      FROM production_jobs WHERE claim_id IS NOT NULL GROUP BY claim_id) j
WHERE j.claim_id = production_claims.id AND production_claims.tag IS NULL
