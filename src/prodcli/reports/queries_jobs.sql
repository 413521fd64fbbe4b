-- fragment: FIGURES(j)
-- What a report says of a group of jobs j, with the reports r of their current attempts: sums and extremes, to be folded further.
COUNT(*) AS num_jobs,
    SUM(CASE WHEN {j}.status IN ('submitting', 'submitted') THEN 1 ELSE 0 END) AS num_submitted,
    SUM(CASE WHEN {j}.status IN ('started', 'running') THEN 1 ELSE 0 END) AS num_running,
    SUM(CASE WHEN {j}.status = 'held' THEN 1 ELSE 0 END) AS num_held,
    SUM(CASE WHEN {j}.status = 'evicted' THEN 1 ELSE 0 END) AS num_evicted,
    SUM(CASE WHEN {j}.status = 'finished' THEN 1 ELSE 0 END) AS num_finished,
    SUM(CASE WHEN {j}.status = 'failed' THEN 1 ELSE 0 END) AS num_failed,
    SUM(CAST(EPOCH({j}.started) - EPOCH({j}.submitted) AS float)) AS waited,
    SUM(CASE WHEN {j}.started IS NOT NULL AND {j}.submitted IS NOT NULL THEN 1 ELSE 0 END) AS waits,
    SUM(CAST(EPOCH({j}.finished) - EPOCH({j}.started) AS float)) AS ran,
    SUM(CASE WHEN {j}.started IS NOT NULL AND {j}.finished IS NOT NULL THEN 1 ELSE 0 END) AS ends,
    MIN(EPOCH({j}.finished) - EPOCH({j}.started)) AS min_job_duration,
    MAX(EPOCH({j}.finished) - EPOCH({j}.started)) AS max_job_duration,
    MIN(EPOCH({j}.started)) AS earliest_start, MAX(EPOCH({j}.started)) AS last_start, MAX(EPOCH({j}.finished)) AS last_end,
    MIN({j}.runnumber) AS min_run, MAX({j}.runnumber) AS max_run,
    CAST(SUM(r.events_out) AS bigint) AS sum_events;

-- fragment: WITH_REPORTS(j)
-- The reports r of the current attempts of the jobs j.
LEFT JOIN production_reports r ON r.dbid = {j}.id AND r.attempt = {j}.attempt;

-- name: pending_jobs
-- How many jobs have not started yet, since when, and of which runs?
-- The first words are those of the partial index over live jobs.
SELECT j.tag, j.dsttype, j.dataset, COUNT(*) AS num_jobs,
    SUM(CASE WHEN j.status = 'submitting' THEN 1 ELSE 0 END) AS num_submitting,
    SUM(CASE WHEN j.substatus = 'waiting' THEN 1 ELSE 0 END) AS num_waiting,
    SUM(CASE WHEN j.status = 'submitted' AND j.substatus <> 'waiting' THEN 1 ELSE 0 END) AS num_submitted,
    SUM(CAST(EPOCH(NOW()) - EPOCH(j.submitted) AS float)) AS waited, COUNT(j.submitted) AS waits,
    MIN(EPOCH(NOW()) - EPOCH(j.submitted)) AS min_time_pending, MAX(EPOCH(NOW()) - EPOCH(j.submitted)) AS max_time_pending,
    MIN(j.runnumber) AS min_run, MAX(j.runnumber) AS max_run
FROM production_jobs j
WHERE j.status NOT IN ('failed', 'finished') AND j.status IN ('submitting', 'submitted') AND FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3;

-- name: started_jobs
-- What became of the jobs that have started, how long did they wait, and how long did they run?
SELECT j.tag, j.dsttype, j.dataset, FIGURES(j)
FROM production_jobs j WITH_REPORTS(j)
WHERE j.started IS NOT NULL AND FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3;

-- name: jobs_by_cluster
-- What became of the jobs of each cluster that still has jobs in a queue, or of every cluster?
SELECT j.tag, j.dsttype, j.dataset, j.schedd, j.clusterid AS cluster, FIGURES(j)
FROM production_jobs j WITH_REPORTS(j)
WHERE j.clusterid IS NOT NULL AND FILTERED(j) AND SUBMITTED_SINCE(j)
  AND (CAST(:every AS int) = 1 OR (j.schedd, j.clusterid) IN (
       SELECT o.schedd, o.clusterid FROM production_jobs o
       WHERE o.status NOT IN ('failed', 'finished') AND o.substatus <> 'parked' AND o.clusterid IS NOT NULL))
GROUP BY 1, 2, 3, 4, 5;

-- name: jobs_by_run
-- What became of the jobs of each run?
SELECT j.tag, j.dsttype, j.dataset, j.runnumber AS run, FIGURES(j)
FROM production_jobs j WITH_REPORTS(j)
WHERE FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3, 4;

-- name: failures_by_code
-- How many jobs are failed, by exit code and by what the books know beyond it; and one of them?
SELECT j.tag, j.dsttype, j.dataset, j.substatus, j.exitcode AS exit_code, COUNT(*) AS num_failed,
    MIN(j.runnumber) AS min_run, MAX(j.runnumber) AS max_run, MAX(EPOCH(j.finished)) AS last_end, MIN(j.filename) AS example
FROM production_jobs j
WHERE j.status = 'failed' AND FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3, 4, 5;

-- name: holds_by_code
-- How many jobs are held, by hold code, since when, with which memory; and one of them?
-- The first words are those of the partial index over live jobs.
SELECT j.tag, j.dsttype, j.dataset, a.hold_code, a.hold_subcode, COUNT(*) AS num_held,
    SUM(CASE WHEN j.substatus = 'parked' THEN 1 ELSE 0 END) AS num_parked,
    MIN(a.memory_asked) AS asked_min, MAX(a.memory_asked) AS asked_max,
    MIN(a.memory_used) AS used_min, MAX(a.memory_used) AS used_max,
    MIN(j.runnumber) AS min_run, MAX(j.runnumber) AS max_run, MIN(EPOCH(a.entered)) AS first_held, MAX(EPOCH(a.entered)) AS last_held,
    MIN(j.filename) AS example
FROM production_jobs j LEFT JOIN production_attempts a ON CURRENT_STEP(a, j)
WHERE j.status NOT IN ('failed', 'finished') AND j.status = 'held' AND FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3, 4, 5;
