-- fragment: OPEN_STATE(j)
-- Whether the open job j is idle, running or held.
CASE WHEN {j}.status IN ('started', 'running') THEN 'running' WHEN {j}.status = 'held' THEN 'held' ELSE 'idle' END;

-- fragment: RUNNING_SINCE(j)
-- For how many seconds the open job j has been running; NULL for others.
CASE WHEN {j}.status IN ('started', 'running') THEN EPOCH(NOW()) - EPOCH({j}.started) END;

-- name: open_jobs
-- How many jobs of each rule are idle, running for how long, or held?
-- The first words of the condition are those of the partial index over live jobs.
SELECT tag, rule, dataset, dsttype, NULL AS run, state, ROUGHLY(age) AS age, COUNT(*) AS jobs, NULL AS position,
    MIN(submitted) AS submitted
FROM (SELECT j.tag, j.rulename AS rule, j.dataset, j.dsttype, OPEN_STATE(j) AS state, RUNNING_SINCE(j) AS age,
             EPOCH(j.submitted) AS submitted
      FROM production_jobs j
      WHERE j.status NOT IN ('failed', 'finished') AND FILTERED(j)) live
GROUP BY 1, 2, 3, 4, 6, 7;

-- name: open_jobs_by_run
-- As open_jobs, run by run; and how many idle ones of the rule are before the last of a run?
SELECT tag, rule, dataset, dsttype, run, state, ROUGHLY(age) AS age, COUNT(*) AS jobs, MAX(position) AS position,
    MIN(submitted) AS submitted
FROM (SELECT j.tag, j.rulename AS rule, j.dataset, j.dsttype, j.runnumber AS run, OPEN_STATE(j) AS state, RUNNING_SINCE(j) AS age,
             ROW_NUMBER() OVER (PARTITION BY j.tag, j.rulename, j.dataset,
                                CASE WHEN j.status IN ('submitting', 'submitted', 'evicted') THEN 1 ELSE 0 END ORDER BY j.id) AS position,
             EPOCH(j.submitted) AS submitted
      FROM production_jobs j
      WHERE j.status NOT IN ('failed', 'finished') AND FILTERED(j)) live
GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- name: recent_ends
-- How many jobs of each rule and dsttype ended in each hour, and when had the first of them started?
SELECT j.tag, j.rulename AS rule, j.dataset, j.dsttype, EPOCH(a.finished) / 3600 AS hour, COUNT(*) AS ends, MIN(EPOCH(a.started)) AS first_start
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
WHERE a.finished >= AT(CAST(:ends_since AS bigint)) AND a.started IS NOT NULL AND FILTERED(j)
GROUP BY 1, 2, 3, 4, 5;

-- name: recent_durations
-- How long did the jobs of each dsttype run that ended lately, and how often?
SELECT dsttype, ROUGHLY(took) AS seconds, COUNT(*) AS jobs
FROM (SELECT j.dsttype, EPOCH(a.finished) - EPOCH(a.started) AS took
      FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
      WHERE a.finished >= AT(CAST(:durations_since AS bigint)) AND a.started IS NOT NULL AND a.substatus = '' AND FILTERED(j)) ended
WHERE took >= 0
GROUP BY 1, 2;

-- name: expected_ends
-- When are the campaigns expected to end, and which dsttypes do they have?
SELECT o.tag, o.production_type, t.prefix, EPOCH(o.expected_end) AS expected_end
FROM production_overview o JOIN production_dsttypes t ON t.production_type = o.production_type;

-- name: last_estimates
-- When were estimates kept last, and what time is it?
SELECT MAX(EPOCH(made)) AS made, EPOCH(NOW()) AS now FROM production_estimates;

-- name: keep_estimates
-- Keeps estimates.
INSERT INTO production_estimates (tag, rulename, dataset, dsttype, made, jobs, low, middle, high)
SELECT r.tag, r.rule, r.dataset, r.dsttype, AT(r.made), r.jobs, AT(r.low), AT(r.middle), AT(r.high)
FROM RECORDS(:rows) AS r(tag text, rule text, dataset text, dsttype text, made bigint, jobs int, low bigint, middle bigint,
    high bigint);

-- name: end_estimates
-- Notes when the jobs of estimates had ended: those of a rule none of whose open jobs is as old as the estimate.
-- The last of them ended since the estimates were looked at last; jobs that were all held or removed ended now.
UPDATE production_estimates
SET ended = COALESCE((SELECT MAX(a.finished) FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
                      WHERE a.finished >= AT(CAST(:since AS bigint)) AND a.finished >= production_estimates.made
                        AND j.tag = production_estimates.tag AND j.rulename = production_estimates.rulename
                        AND j.dataset = production_estimates.dataset AND j.submitted <= production_estimates.made), NOW())
WHERE ended IS NULL AND NOT EXISTS (
    SELECT 1 FROM RECORDS(:open) AS o(tag text, rule text, dataset text, submitted bigint)
    WHERE o.tag = production_estimates.tag AND o.rule = production_estimates.rulename
      AND o.dataset = production_estimates.dataset AND o.submitted <= EPOCH(production_estimates.made));

-- name: past_estimates
-- What was estimated since a time, and when had the jobs ended?
SELECT e.tag, e.rulename AS rule, e.dataset, e.dsttype, EPOCH(e.made) AS made, EPOCH(e.low) AS low, EPOCH(e.middle) AS middle,
    EPOCH(e.high) AS high, EPOCH(e.ended) AS ended
FROM production_estimates e
WHERE e.made >= AT(CAST(:made_since AS bigint)) AND OF_PRODUCT(e) AND OF_RULES(e);
