-- name: states_by_run
-- How far are the jobs of each run?
SELECT j.tag, j.dsttype, j.dataset, j.runnumber AS run, COUNT(*) AS jobs,
    SUM(CASE WHEN j.status = 'finished' THEN 1 ELSE 0 END) AS done,
    SUM(CASE WHEN j.status IN ('started', 'running') THEN 1 ELSE 0 END) AS running,
    SUM(CASE WHEN j.status IN ('submitting', 'submitted', 'evicted') THEN 1 ELSE 0 END) AS idle,
    SUM(CASE WHEN j.status = 'held' THEN 1 ELSE 0 END) AS held,
    SUM(CASE WHEN j.status = 'failed' THEN 1 ELSE 0 END) AS failed
FROM production_jobs j
WHERE FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3, 4;

-- name: expected_outputs
-- How many outputs do jobs make, and how many should those have left that finished?
SELECT j.tag, j.dsttype, j.dataset, COUNT(*) AS jobs, SUM(j.outputs_per_job) AS expected,
    SUM(CASE WHEN j.status = 'finished' THEN j.outputs_per_job ELSE 0 END) AS due
FROM production_jobs j
WHERE FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3;

-- name: registered_outputs
-- How many files of these products does the file catalog have, of the runs that were asked for?
SELECT p.tag, p.dsttype, p.dataset, COUNT(*) AS registered
FROM RECORDS(:products) AS p(tag text, dsttype text, dataset text)
JOIN datasets d ON d.tag = p.tag AND d.dsttype = p.dsttype AND d.dataset = p.dataset
WHERE (CAST(:all_runs AS int) = 1 OR WITHIN(d.runnumber, :spans))
GROUP BY p.tag, p.dsttype, p.dataset;

-- fragment: IN_PERIODS(hour, n)
-- How many jobs were submitted this week, last week, and ever.
CAST(SUM(CASE WHEN {hour} >= AT(CAST(:this_week AS bigint)) THEN {n} ELSE 0 END) AS bigint) AS this_week,
    CAST(SUM(CASE WHEN {hour} >= AT(CAST(:last_week AS bigint)) AND {hour} < AT(CAST(:this_week AS bigint)) THEN {n} ELSE 0 END)
         AS bigint) AS last_week,
    CAST(SUM({n}) AS bigint) AS to_date;

-- name: rolled_up_weeks
-- In which states are the jobs that were submitted this week, last week, and ever? From the rollup.
SELECT tag, dsttype, dataset, status, IN_PERIODS(hour, n)
FROM (SELECT tag, dsttype, dataset, status, hour, n FROM production_rollup
      UNION ALL
      SELECT tag, dsttype, dataset, status, hour, n FROM production_rollup_delta) counted
WHERE OF_PRODUCT(counted) AND (CAST(:since AS bigint) IS NULL OR hour >= AT(CAST(:since AS bigint)))
GROUP BY 1, 2, 3, 4;

-- name: counted_weeks
-- As rolled_up_weeks, counted from all rows.
SELECT j.tag, j.dsttype, j.dataset, COALESCE(CAST(j.status AS text), '') AS status, IN_PERIODS(j.submitted, 1)
FROM production_jobs j
WHERE FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3, 4;
