-- name: open_claims
-- Which claims are open or have jobs that are still being submitted: whose, for how many seconds more, with how many jobs?
SELECT c.id, c.state, c.host, c.pid, c.boot_id, c.process_start, EPOCH(c.lease_until) - EPOCH(NOW()) AS lease_left, c.schedd,
    c.rule, c.folder, (SELECT COUNT(*) FROM production_jobs j WHERE j.claim_id = c.id AND j.status = 'submitting') AS rows
FROM production_claims c WHERE c.state = 'claimed'
UNION ALL
SELECT j.claim_id, COALESCE(c.state, 'missing'), '', 0, '', '', -1, j.schedd, MIN(j.rulename), COALESCE(c.folder, ''),
    COUNT(*)
FROM production_jobs j LEFT JOIN production_claims c ON c.id = j.claim_id
WHERE j.schedd IN (:schedds[text]) AND j.status = 'submitting' AND j.claim_id IS NOT NULL
-- in the words of the partial index, else SQLite does not see that it will do
  AND j.status NOT IN ('failed', 'finished')
  AND (c.id IS NULL OR c.state <> 'claimed')
GROUP BY j.claim_id, c.state, j.schedd, c.folder;

-- name: take_over
-- Takes a claim from its dead claimant, unless somebody else did.
UPDATE production_claims SET host = :host, pid = :pid, boot_id = :boot_id, process_start = :process_start, lease_until = NOW(+600)
WHERE id = :claim AND state = 'claimed'
  AND host = :old_host AND pid = :old_pid AND boot_id = :old_boot_id AND process_start = :old_process_start;

-- name: reopen_claim
-- Opens a claim again, or one that is missing, for jobs that are still being submitted.
INSERT INTO production_claims (id, host, pid, boot_id, process_start, started, lease_until, schedd, batch_name, rule, memory_asked, n,
    state, folder)
SELECT j.claim_id, CAST(:host AS text), CAST(:pid AS int), CAST(:boot_id AS text), CAST(:process_start AS text), NOW(),
    NOW(+600), MIN(j.schedd), '', MIN(j.rulename), 0, COUNT(*), 'claimed', ''
FROM production_jobs j WHERE j.claim_id = :claim AND j.status = 'submitting' GROUP BY j.claim_id
ON CONFLICT (id) DO UPDATE SET state = 'claimed', host = excluded.host, pid = excluded.pid, boot_id = excluded.boot_id,
    process_start = excluded.process_start, lease_until = excluded.lease_until
WHERE production_claims.state <> 'claimed';

-- name: unbooked_jobs
-- Which jobs of a queue do the books not know as they are: no row, or another attempt, claim, schedd, cluster or proc?
SELECT r.cluster, r.proc, j.id AS dbid, CAST(j.status AS text) AS status, j.claim_id AS claim, j.attempt, j.schedd,
    j.clusterid AS booked_cluster
FROM RECORDS(:jobs) AS r(cluster bigint, proc int, dbid bigint, attempt int, claim text)
LEFT JOIN production_jobs j ON j.id = r.dbid
WHERE j.id IS NULL OR j.attempt <> r.attempt OR COALESCE(j.claim_id, '') <> r.claim
   OR COALESCE(j.schedd, '') <> :schedd OR COALESCE(j.clusterid, 0) <> r.cluster OR COALESCE(j.procid, -1) <> r.proc;

-- name: booked_waiting
-- Of each cluster: how many jobs still to be made are booked, how many are being submitted, and has its claim another cluster?
SELECT r.cluster,
    (SELECT COUNT(*) FROM production_jobs j
     WHERE j.schedd = :schedd AND j.clusterid = r.cluster AND j.procid >= r.following AND j.claim_id = r.claim) AS jobs,
    (SELECT COUNT(*) FROM production_jobs j WHERE j.claim_id = r.claim AND j.status = 'submitting') AS submitting,
    (SELECT MIN(j.clusterid) FROM production_jobs j WHERE j.claim_id = r.claim AND j.clusterid <> r.cluster) AS other
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
    outputs_per_job, mask)
SELECT r.id, r.rule, r.tag, r.dataset, r.dsttype, r.filename, r.run, r.segment, STATE('submitted'), '', NOW(),
    CAST(:submission_host AS text), r.log, r.err, r.out, INTS(:request_memory), r.disk, r.cpus, CAST(:schedd AS text),
    CAST(:claim AS text), r.attempt, r.cluster, r.proc, r.outputs, r.mask
FROM RECORDS(:rows) AS r(id int, rule text, tag text, dataset text, dsttype text, filename text, run int, segment int, log text,
    err text, out text, disk int, cpus int, attempt int, cluster bigint, proc int, outputs int, mask text)
WHERE true
ORDER BY r.filename
ON CONFLICT DO NOTHING;
