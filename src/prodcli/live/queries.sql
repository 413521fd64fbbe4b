-- fragment: HEAD_OF_LIVE()
-- What stands above every level: the clock of the server, harvests, loops, announcements, services, totals.
-- A row's kind says what its cells are.
SELECT 'clock' AS kind, CELLS(EPOCH(NOW())) AS cells
UNION ALL SELECT 'harvest', CELLS(schedd, EPOCH(harvested)) FROM production_harvest
UNION ALL LOOPS_IN_CELLS()
UNION ALL SELECT 'announcement', CELLS(id, text, author, EPOCH(made), EPOCH(until)) FROM production_announcements
    WHERE until IS NULL OR until > NOW()
UNION ALL SELECT 'service', CELLS(service, state, EPOCH(since), note) FROM production_service_states
    WHERE state <> 'up' AND since <= NOW() AND (until IS NULL OR until > NOW())
UNION ALL SELECT 'total', CELLS(status, substatus, n)
FROM (SELECT status, substatus, CAST(SUM(n) AS bigint) AS n FROM ROLLED_UP() r GROUP BY 1, 2 HAVING SUM(n) <> 0) totals;

-- fragment: LOOPS_IN_CELLS()
-- The loops and cron passes that have not ended.
SELECT 'loop', CELLS(id, kind, file, account, host, pid, boot_id, process_start, EPOCH(started), EPOCH(heartbeat),
    EPOCH(NOW()) - EPOCH(heartbeat), silent_after, state) FROM production_loops WHERE ended IS NULL;

-- fragment: ROLLED_UP()
-- The rollup with what is still to be folded into it.
(SELECT tag, dsttype, dataset, status, substatus, n FROM production_rollup
 UNION ALL SELECT tag, dsttype, dataset, status, substatus, n FROM production_rollup_delta);

-- fragment: OF_PLACE(j)
-- The job of the row j belongs to the rule that is looked at. An index has the first letters of a tag.
substr({j}.tag, 1, 100) = substr(CAST(:tag AS text), 1, 100) AND {j}.tag = CAST(:tag AS text)
  AND {j}.dataset = CAST(:dataset AS text) AND {j}.dsttype IN (:dsttypes[text]);

-- name: live_campaigns
-- How many jobs of each campaign are in which state?
SELECT kind, CAST(cells AS text) AS cells
FROM (HEAD_OF_LIVE()
      UNION ALL SELECT 'line', CELLS(tag, '', dataset, state, n)
      FROM (SELECT tag, dataset, REFINED(status) AS state, CAST(SUM(n) AS bigint) AS n FROM ROLLED_UP() r
            GROUP BY 1, 2, 3 HAVING SUM(n) <> 0) counted) live;

-- name: live_rules
-- How many jobs of each dsttype of a campaign are in which state, and which rules made them?
SELECT kind, CAST(cells AS text) AS cells
FROM (HEAD_OF_LIVE()
      UNION ALL SELECT 'line', CELLS(tag, dsttype, dataset, state, n)
      FROM (SELECT tag, dsttype, dataset, REFINED(status) AS state, CAST(SUM(n) AS bigint) AS n FROM ROLLED_UP() r
            WHERE tag = CAST(:tag AS text) AND dataset = CAST(:dataset AS text)
            GROUP BY 1, 2, 3, 4 HAVING SUM(n) <> 0) counted
      UNION ALL SELECT 'rule', CELLS(rule, dsttype)
      FROM (SELECT DISTINCT rule, dsttype FROM production_claims
            WHERE tag = CAST(:tag AS text) AND dataset = CAST(:dataset AS text) AND dsttype IS NOT NULL) rules) live;

-- name: live_runs
-- How many jobs of each run of a rule are in which state? Of many runs those in trouble and the newest.
SELECT kind, CAST(cells AS text) AS cells
FROM (HEAD_OF_LIVE()
      UNION ALL SELECT 'run', CELLS(runnumber, state, n, runs)
      FROM (SELECT runnumber, state, n, place, MAX(place) OVER () AS runs
            FROM (SELECT runnumber, state, n, DENSE_RANK() OVER (ORDER BY trouble DESC, runnumber DESC) AS place
                  FROM (SELECT runnumber, state, n, MAX(CASE WHEN state IN ('held', 'failed', 'stalled') THEN 1 ELSE 0 END)
                            OVER (PARTITION BY runnumber) AS trouble
                        FROM (SELECT j.runnumber, REFINED(CAST(j.status AS text)) AS state, COUNT(*) AS n
                              FROM production_jobs j WHERE OF_PLACE(j) GROUP BY 1, 2) counted) judged) placed) found
      WHERE place <= CAST(:most AS bigint)) live;

-- fragment: JOBS_WITH_REASONS(condition)
-- Jobs that meet a condition, with what a list of jobs shows. Jobs in trouble come first.
SELECT j.id AS dbid, CAST(j.clusterid AS text) || '.' || CAST(j.procid AS text) AS job, j.dsttype, j.segment,
    CASE WHEN j.substatus = '' THEN CAST(j.status AS text) ELSE j.substatus END AS state,
    COALESCE(EPOCH(a.entered), EPOCH(j.submitted)) AS since, COALESCE(a.node, j.execution_node) AS node,
    COALESCE(a.memory_asked, c.memory_asked) AS memory_asked, COALESCE(a.memory_used, j.memoryusage) AS memory_used, COALESCE(a.exit_code, j.exitcode) AS exit_code,
    CASE WHEN j.status IN ('held', 'failed') AND a.hold_code IS NOT NULL
         THEN CAST(a.hold_code AS text) || '/' || CAST(COALESCE(a.hold_subcode, 0) AS text) END AS hold_code,
    CASE WHEN j.status IN ('held', 'failed') THEN substr(a.hold_reason, 1, 400) END AS reason, COUNT(*) OVER () AS jobs,
    j.schedd, j.clusterid, j.procid, CAST(j.status AS text) AS status, j.out, j.err, j.log
FROM production_jobs j LEFT JOIN production_attempts a ON CURRENT_STEP(a, j) LEFT JOIN production_claims c ON c.id = j.claim_id
WHERE {condition}
ORDER BY CASE WHEN j.status = 'held' THEN 0 WHEN j.status = 'failed' OR j.substatus = 'stalled' THEN 1 WHEN j.status = 'finished' THEN 3 ELSE 2 END,
    j.segment, j.id
LIMIT CAST(:most AS bigint);

-- name: live_jobs
-- Which jobs does a run of a rule have, and how are they?
SELECT kind, CAST(cells AS text) AS cells
FROM (HEAD_OF_LIVE()
      UNION ALL SELECT 'job', CELLS(dbid, job, dsttype, segment, state, since, node, memory_asked, memory_used, exit_code, hold_code, reason, jobs)
      FROM (JOBS_WITH_REASONS(j.runnumber = :run AND OF_PLACE(j))) found) live;

-- name: live_job
-- How is one job, and where are its files?
SELECT kind, CAST(cells AS text) AS cells
FROM (HEAD_OF_LIVE()
      UNION ALL SELECT 'job', CELLS(dbid, job, dsttype, segment, state, since, node, memory_asked, memory_used, exit_code, hold_code, reason, jobs)
      FROM (JOBS_WITH_REASONS(j.id = :dbid)) found
      UNION ALL SELECT 'files', CELLS(out, err, log, schedd, clusterid, procid, status)
      FROM (JOBS_WITH_REASONS(j.id = :dbid)) its) live;

-- name: prompt_figures
-- How many jobs are held, how many of those that were submitted within a week are failed though nobody removed them; and the loops.
SELECT kind, CAST(cells AS text) AS cells
FROM (SELECT 'jobs' AS kind, CELLS(EPOCH(NOW()), held, failed) AS cells
      FROM (SELECT CAST(SUM(CASE WHEN status = 'held' AND substatus <> 'parked' THEN n ELSE 0 END) AS bigint) AS held,
                CAST(SUM(CASE WHEN status = 'failed' AND substatus <> 'removed' AND hour >= NOW(-604800) THEN n ELSE 0 END) AS bigint) AS failed
            FROM (SELECT status, substatus, hour, n FROM production_rollup
                  UNION ALL SELECT status, substatus, hour, n FROM production_rollup_delta) counted) figures
      UNION ALL LOOPS_IN_CELLS()) found;
