-- name: unbooked_jobs
-- Which jobs of a queue do the books not know as they are: no row, or another attempt, claim, schedd, cluster or proc?
SELECT r.cluster, r.proc, j.id, CAST(j.status AS text), j.claim_id, j.attempt, j.schedd, j.clusterid
FROM RECORDS(:jobs) AS r(cluster bigint, proc int, dbid bigint, attempt int, claim text)
LEFT JOIN production_jobs j ON j.id = r.dbid
WHERE j.id IS NULL OR j.attempt <> r.attempt OR COALESCE(j.claim_id, '') <> r.claim
   OR COALESCE(j.schedd, '') <> :schedd OR COALESCE(j.clusterid, 0) <> r.cluster OR COALESCE(j.procid, -1) <> r.proc;

-- name: booked_waiting
-- Of each cluster: how many jobs still to be made are booked, how many are being submitted, and has its claim another cluster?
SELECT r.cluster,
    (SELECT COUNT(*) FROM production_jobs j
     WHERE j.schedd = :schedd AND j.clusterid = r.cluster AND j.procid >= r.following AND j.claim_id = r.claim),
    (SELECT COUNT(*) FROM production_jobs j WHERE j.claim_id = r.claim AND j.status = 'submitting'),
    (SELECT MIN(j.clusterid) FROM production_jobs j WHERE j.claim_id = r.claim AND j.clusterid <> r.cluster)
FROM RECORDS(:clusters) AS r(cluster bigint, following int, claim text);

-- name: known_claims
-- Which of these claims do the books know?
SELECT id FROM production_claims WHERE id IN (:claims[text]);

-- name: restore_claim
-- Calls a claim submitted whose jobs were found in a queue.
UPDATE production_claims SET state = 'submitted' WHERE id = :claim AND state <> 'claimed';

-- name: restore_rows
-- Writes rows of jobs that were found in a queue and have none.
INSERT INTO production_jobs (id, rulename, tag, dataset, dsttype, filename, runnumber, segment, status, substatus, submitted,
    submission_host, log, err, out, request_memory, request_disk, request_cpus, schedd, claim_id, attempt, clusterid, procid,
    mask)
SELECT r.id, r.rule, r.tag, r.dataset, r.dsttype, r.filename, r.run, r.segment, STATE('submitted'), '', NOW(),
    CAST(:submission_host AS text), r.log, r.err, r.out, INTS(:request_memory), r.disk, r.cpus, CAST(:schedd AS text),
    CAST(:claim AS text), r.attempt, r.cluster, r.proc, r.mask
FROM RECORDS(:rows) AS r(id int, rule text, tag text, dataset text, dsttype text, filename text, run int, segment int, log text,
    err text, out text, disk int, cpus int, attempt int, cluster bigint, proc int, mask text)
WHERE true
ORDER BY r.filename
ON CONFLICT DO NOTHING;
