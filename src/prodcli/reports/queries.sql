-- fragment: REFINED(status)
-- The state of a job, with waiting jobs apart from submitted ones, stalled from running ones, and parked from held ones.
CASE WHEN substatus IN ('waiting', 'stalled', 'parked') THEN substatus ELSE {status} END;

-- name: counted_states
-- How many jobs are in which state, by tag, dsttype, dataset and a column? Counted from all rows.
SELECT tag, dsttype, dataset, /* key */ NULL AS key, REFINED(CAST(status AS text)) AS status, COUNT(*) AS jobs
FROM production_jobs j
WHERE FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3, 4, 5;

-- name: counted_plain_states
-- As counted_states, for books of other tools, whose jobs have no substatus.
SELECT tag, dsttype, dataset, /* key */ NULL AS key, CAST(status AS text) AS status, COUNT(*) AS jobs
FROM production_jobs j
WHERE FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3, 4, 5;

-- name: rolled_up_states
-- How many jobs are in which state, by tag, dsttype and dataset? From the rollup.
SELECT tag, dsttype, dataset, NULL AS key, status, CAST(SUM(n) AS bigint) AS jobs
FROM (SELECT tag, dsttype, dataset, REFINED(status) AS status, SUM(n) AS n
      FROM production_rollup
      WHERE CAST(:since AS bigint) IS NULL OR hour >= AT(CAST(:since AS bigint))
      GROUP BY 1, 2, 3, 4
      UNION ALL
      SELECT tag, dsttype, dataset, REFINED(status), n
      FROM production_rollup_delta
      WHERE CAST(:since AS bigint) IS NULL OR hour >= AT(CAST(:since AS bigint))) counted
WHERE OF_PRODUCT(counted)
GROUP BY tag, dsttype, dataset, status HAVING SUM(n) <> 0;

-- name: unfinished_runs
-- How many jobs of each run are in which state other than finished, of some tags or of all?
-- Each part is found by an index, but for jobs of other tools without a state, which are looked for where there are some.
SELECT tag, dsttype, dataset, runnumber AS key, REFINED(CAST(status AS text)) AS status, COUNT(*) AS jobs
FROM (SELECT * FROM production_jobs WHERE status NOT IN ('failed', 'finished')
      UNION ALL SELECT * FROM production_jobs WHERE status = 'failed'
      UNION ALL SELECT * FROM production_jobs WHERE CAST(:stateless AS int) = 1 AND status IS NULL) j
WHERE OF_TAGS(j)
GROUP BY 1, 2, 3, 4, 5;

-- name: events_of_datasets
-- How many events did the jobs write that have started, as they reported, of some tags or of all?
SELECT j.tag, j.dsttype, j.dataset, CAST(SUM(r.events_out) AS bigint) AS events
FROM production_reports r JOIN production_jobs j ON j.id = r.dbid AND j.attempt = r.attempt
WHERE r.events_out IS NOT NULL AND j.started IS NOT NULL AND OF_TAGS(j)
GROUP BY 1, 2, 3;

-- name: progress_of_running
-- How many events have running jobs done, of those that tell how many there are? By tag, dsttype and dataset.
SELECT j.tag, j.dsttype, j.dataset, CAST(SUM(s.events) AS bigint) AS done, CAST(SUM(s.events_total) AS bigint) AS total
FROM production_signs s JOIN production_jobs j ON j.id = s.dbid AND j.attempt = s.attempt AND j.status = 'running'
WHERE s.events_total > 0 AND FILTERED(j) AND SUBMITTED_SINCE(j)
GROUP BY 1, 2, 3;

-- name: clock_of_books
-- What does the clock of the server of the books say?
SELECT EPOCH(NOW());

-- name: last_harvests
-- When was each schedd harvested last?
SELECT schedd, EPOCH(harvested) AS harvested FROM production_harvest ORDER BY 1;
