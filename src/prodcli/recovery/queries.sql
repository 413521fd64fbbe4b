-- name: seen_rows
-- What do the books say of these jobs, as a claim must find them again?
SELECT SEEN(j) FROM production_jobs j WHERE j.id IN (:ids[int]) AND j.filename IS NOT NULL;

-- name: note_resources
-- Writes the disk and processors that a resubmission asks for into its jobs.
UPDATE production_jobs
SET request_disk = COALESCE(CAST(:disk AS int), request_disk), request_cpus = COALESCE(CAST(:cpus AS int), request_cpus)
WHERE claim_id = CAST(:claim AS text) AND status = 'submitting';

-- name: kept_folders
-- In which folders are the files of the submissions that these jobs come from?
SELECT j.id AS dbid, j.claim_id AS claim, c.folder FROM production_jobs j JOIN production_claims c ON c.id = j.claim_id
WHERE j.id IN (:ids[int]);

-- name: keep_descriptions
-- Keeps the submit descriptions of parked jobs.
INSERT INTO production_parked_descriptions (claim_id, description)
SELECT r.claim, r.description FROM RECORDS(:rows) AS r(claim text, description text)
WHERE true
ON CONFLICT DO NOTHING;

-- name: keep_jobs
-- Keeps the job ads of jobs that an open action parks.
INSERT INTO production_parked (dbid, attempt, action_id, claim_id, ad, item)
SELECT r.dbid, r.attempt, p.id, r.claim, r.ad, r.item
FROM RECORDS(:rows) AS r(dbid int, attempt int, claim text, ad text, item text)
JOIN production_action_jobs o ON o.dbid = r.dbid AND o.attempt = r.attempt
JOIN production_actions p ON p.id = o.action_id AND p.state = 'intended' AND p.verb = 'park'
WHERE true
ON CONFLICT (dbid, attempt) DO UPDATE SET action_id = excluded.action_id, ad = excluded.ad, item = excluded.item;

-- name: kept_jobs
-- Which of these jobs are kept by an open action, and by which?
SELECT k.dbid, k.action_id FROM production_parked k JOIN production_actions p ON p.id = k.action_id
WHERE p.state = 'intended' AND k.dbid IN (:ids[int]);

-- name: kept_by_action
-- Which jobs does the action keep?
SELECT dbid FROM production_parked WHERE action_id = :action;

-- name: unkeep_jobs
-- Forgets the jobs that an action kept but did not park.
DELETE FROM production_parked
WHERE action_id = :action AND NOT EXISTS (
    SELECT 1 FROM production_attempts a
    WHERE a.dbid = production_parked.dbid AND a.attempt = production_parked.attempt AND a.substatus = 'parked');

-- name: parked_schedds
-- Which schedds did parked jobs come from?
SELECT DISTINCT j.schedd FROM production_jobs j
WHERE PARKED(j) AND j.schedd IS NOT NULL;

-- name: parked_by
-- Who parked these jobs, when and why?
SELECT k.dbid, p.account, EPOCH(p.started) AS started, p.reason
FROM production_parked k
JOIN production_jobs j ON j.id = k.dbid AND j.attempt = k.attempt AND j.substatus = 'parked'
JOIN production_actions p ON p.id = k.action_id
WHERE k.dbid IN (:ids[int]);

-- name: parked_items
-- What is kept of these parked jobs: the item data, and the claim they came from?
SELECT k.dbid, k.item, k.claim_id AS claim FROM production_parked k
JOIN production_jobs j ON j.id = k.dbid AND j.attempt = k.attempt
WHERE k.dbid IN (:ids[int]);

-- name: parked_descriptions
-- Which submit descriptions are kept of these claims?
SELECT claim_id, description FROM production_parked_descriptions WHERE claim_id IN (:claims[text]);
