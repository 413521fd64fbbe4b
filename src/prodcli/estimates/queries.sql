-- name: open_jobs
-- How many jobs of each rule are idle, running for how long, or held; and how many idle ones of the rule are before the last?
-- The first words are those of the partial index over live jobs.
SELECT tag, rule, dataset, dsttype, run, state, ROUGHLY(age) AS age, COUNT(*) AS jobs, MAX(position) AS position,
    MIN(submitted) AS submitted
FROM (SELECT j.tag, j.rulename AS rule, j.dataset, j.dsttype, /* key */ NULL AS run,
             CASE WHEN j.status IN ('started', 'running') THEN 'running' WHEN j.status = 'held' THEN 'held' ELSE 'idle' END AS state,
             CASE WHEN j.status IN ('started', 'running') THEN EPOCH(NOW()) - EPOCH(j.started) END AS age,
             ROW_NUMBER() OVER (PARTITION BY j.tag, j.rulename, j.dataset,
                                CASE WHEN j.status IN ('submitting', 'submitted', 'evicted') THEN 1 ELSE 0 END ORDER BY j.id) AS position,
             EPOCH(j.submitted) AS submitted
      FROM production_jobs j
      WHERE j.status NOT IN ('failed', 'finished') AND FILTERED(j)) live
GROUP BY 1, 2, 3, 4, 5, 6, 7;

-- name: recent_ends
-- How many jobs of each rule ended in each hour, and when had the first of them started?
SELECT j.tag, j.rulename AS rule, j.dataset, EPOCH(a.finished) / 3600 AS hour, COUNT(*) AS ends, MIN(EPOCH(a.started)) AS first_start
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
WHERE a.finished >= AT(CAST(:ends_since AS bigint)) AND a.started IS NOT NULL AND FILTERED(j)
GROUP BY 1, 2, 3, 4;

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
