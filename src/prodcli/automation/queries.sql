-- name: queued_by_rule
-- How many jobs of prodcli are in a queue, by rule: idle, running, held? Rows of other tools may say so of jobs that are gone.
-- The first words are those of the partial index over live jobs.
SELECT rulename AS rule, CAST(SUM(CASE WHEN status IN ('submitting', 'submitted', 'evicted') THEN 1 ELSE 0 END) AS int) AS idle,
    CAST(SUM(CASE WHEN status IN ('started', 'running') THEN 1 ELSE 0 END) AS int) AS running,
    CAST(SUM(CASE WHEN status = 'held' THEN 1 ELSE 0 END) AS int) AS held
FROM production_jobs
WHERE status NOT IN ('failed', 'finished') AND claim_id IS NOT NULL
GROUP BY rulename;

-- name: keep_pass
-- Writes the result of a pass of a rule into the history.
INSERT INTO production_passes (host, file, rulename, tag, started, seconds, submitted, registered, finished, recovered, error, reasons)
VALUES (CAST(:host AS text), CAST(:file AS text), CAST(:rule AS text), CAST(:tag AS text), AT(CAST(:started AS bigint)),
    CAST(:seconds AS float8), CAST(:submitted AS int), CAST(:registered AS int), CAST(:finished AS int), CAST(:recovered AS int),
    CAST(:error AS text), CAST(:reasons AS text));

-- name: forget_passes
-- Deletes passes that are older than 30 days.
DELETE FROM production_passes WHERE started < NOW(-2592000);

-- name: submitting_passes
-- The newest passes of some rules and tags that submitted jobs, on any host: when, how many, and what was left out.
SELECT rule, tag, started, submitted, reasons
FROM (SELECT p.rulename AS rule, p.tag, EPOCH(p.started) AS started, p.submitted, p.reasons,
             ROW_NUMBER() OVER (PARTITION BY p.rulename, p.tag ORDER BY p.started DESC) AS place
      FROM production_passes p
      WHERE p.submitted > 0 AND p.rulename IN (:rules[text])) newest
WHERE place <= 20
ORDER BY rule, tag, started;
