-- fragment: CPU_OF(a, j, r)
-- CPU seconds of the attempt a: by its report r, else by the batch system, which tells those of the attempt that the job j is in.
COALESCE({r}.user_cpu + {r}.sys_cpu, CASE WHEN {j}.attempt = {a}.attempt THEN {j}.remoteusercpu + COALESCE({j}.remotesyscpu, 0) END);

-- fragment: ENDS(a)
-- The attempt a ended, finished or failed.
{a}.status IN ('finished', 'failed') AND {a}.substatus <> 'duplicate';

-- fragment: ENDED(a)
-- The attempt a ended since the time that was asked for.
{a}.finished >= AT(CAST(:since AS bigint)) AND ENDS(a);

-- fragment: SPENT()
-- The attempts that ended, or are held: their time, and what became of them.
SELECT a.dbid, a.attempt, j.tag, j.dsttype, j.dataset, CAST(EPOCH(a.finished) - EPOCH(a.started) AS float) AS wall,
       CPU_OF(a, j, r) AS cpu, CASE WHEN a.substatus IN ('removed', 'lost') THEN 'removed' ELSE CAST(a.status AS text) END AS fate
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
LEFT JOIN production_reports r ON r.dbid = a.dbid AND r.attempt = a.attempt
WHERE ENDED(a) AND FILTERED(j)
UNION ALL
SELECT a.dbid, a.attempt, j.tag, j.dsttype, j.dataset, CAST(EPOCH(a.entered) - EPOCH(a.started) AS float), CPU_OF(a, j, r), 'held'
FROM production_jobs j JOIN production_attempts a ON CURRENT_STEP(a, j)
LEFT JOIN production_reports r ON r.dbid = a.dbid AND r.attempt = a.attempt
WHERE j.status NOT IN ('failed', 'finished') AND j.status = 'held'
  AND a.entered >= AT(CAST(:since AS bigint)) AND FILTERED(j);

-- name: ends_by_hour
-- How many attempts ended in each hour, and how?
SELECT EPOCH(a.finished) / 3600 * 3600 AS hour, j.tag, j.dsttype, j.dataset,
    SUM(CASE WHEN a.status = 'finished' THEN 1 ELSE 0 END) AS finished, SUM(CASE WHEN a.status = 'failed' THEN 1 ELSE 0 END) AS failed,
    SUM(CAST(EPOCH(a.finished) - EPOCH(a.started) AS float)) AS wall
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
WHERE ENDED(a) AND FILTERED(j)
GROUP BY 1, 2, 3, 4;

-- name: wasted_attempts
-- How much time did attempts take that ended, or are held, and how much of it was lost with those that did not finish?
SELECT tag, dsttype, dataset, COUNT(*) AS attempts, SUM(wall) AS wall, SUM(cpu) AS cpu,
    SUM(CASE WHEN fate <> 'finished' THEN 1 ELSE 0 END) AS lost, SUM(CASE WHEN fate = 'failed' THEN 1 ELSE 0 END) AS failed,
    SUM(CASE WHEN fate = 'removed' THEN 1 ELSE 0 END) AS removed, SUM(CASE WHEN fate = 'held' THEN 1 ELSE 0 END) AS held,
    SUM(CASE WHEN fate <> 'finished' THEN wall END) AS lost_wall, SUM(CASE WHEN fate <> 'finished' THEN cpu END) AS lost_cpu
FROM (SPENT()) spent
WHERE wall IS NOT NULL
GROUP BY 1, 2, 3;

-- name: wasted_phases
-- In which phases of jobs went the time of attempts that did not finish? Attempts without a report have no phase.
SELECT tag, dsttype, dataset, phase, SUM(CASE WHEN phase IS NULL OR number = last THEN 1 ELSE 0 END) AS lost,
    SUM(CASE WHEN phase IS NULL THEN wall ELSE phase_wall END) AS lost_wall,
    SUM(CASE WHEN phase IS NULL THEN cpu ELSE phase_cpu END) AS lost_cpu
FROM (SELECT s.tag, s.dsttype, s.dataset, s.wall, s.cpu, p.name AS phase, p.number, p.wall AS phase_wall,
             p.user_cpu + p.sys_cpu AS phase_cpu, MAX(p.number) OVER (PARTITION BY s.dbid, s.attempt) AS last
      FROM (SPENT()) s LEFT JOIN production_phases p ON p.dbid = s.dbid AND p.attempt = s.attempt
      WHERE s.wall IS NOT NULL AND s.fate <> 'finished') spent
GROUP BY 1, 2, 3, 4;

-- fragment: FINISHED_SPENT(condition)
-- The attempts a of jobs j that finished and meet a condition: what they took and used.
SELECT j.tag, j.dsttype, j.dataset, a.finished, CAST(EPOCH(a.finished) - EPOCH(a.started) AS float) AS wall, CPU_OF(a, j, r) AS cpu,
       COALESCE(j.request_cpus, 1) AS cpus, a.memory_asked AS asked, a.memory_used AS used, r.events_out AS events
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
LEFT JOIN production_reports r ON r.dbid = a.dbid AND r.attempt = a.attempt
WHERE {condition} AND a.status = 'finished';

-- name: finished_attempts
-- What did the attempts that finished take and use: wall and CPU time, processors, memory, events?
SELECT tag, dsttype, dataset, COUNT(*) AS jobs, SUM(wall) AS wall, SUM(CASE WHEN cpu IS NOT NULL THEN wall * cpus END) AS timed,
    SUM(cpu) AS cpu, SUM(CASE WHEN asked > 0 AND used IS NOT NULL THEN asked END) AS asked,
    SUM(CASE WHEN asked > 0 THEN used END) AS used, MAX(used) AS most_used, CAST(SUM(events) AS bigint) AS events,
    SUM(CASE WHEN events IS NOT NULL THEN wall END) AS counted
FROM (FINISHED_SPENT(ENDED(a) AND FILTERED(j))) spent
WHERE wall IS NOT NULL
GROUP BY 1, 2, 3;

-- fragment: STARTS(ended, chosen)
-- How often the chosen jobs j were started in the attempt a that they are in: attempts that ended, and jobs in a queue.
SELECT j.tag, j.dsttype, j.dataset, j.jobstarts AS starts, j.attempt, a.step, 0 AS evicted
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid AND j.attempt = a.attempt
WHERE {ended} AND {chosen}
UNION ALL
SELECT j.tag, j.dsttype, j.dataset, j.jobstarts, j.attempt, a.step, CASE WHEN j.status = 'evicted' THEN 1 ELSE 0 END
FROM production_jobs j JOIN production_attempts a ON CURRENT_STEP(a, j)
WHERE j.status NOT IN ('failed', 'finished') AND j.status <> 'submitting' AND {chosen};

-- fragment: RESTARTS()
-- How many of the counted jobs were started again, submitted again, or climbed to more memory.
COUNT(*) AS jobs, SUM(CASE WHEN starts > 1 THEN 1 ELSE 0 END) AS restarted,
    SUM(CASE WHEN starts > 1 THEN starts - 1 ELSE 0 END) AS restarts, MAX(starts) AS max_starts,
    SUM(CASE WHEN attempt > 1 THEN 1 ELSE 0 END) AS resubmitted, MAX(attempt) AS max_attempts,
    SUM(CASE WHEN step > 0 THEN 1 ELSE 0 END) AS climbed, SUM(CASE WHEN evicted = 1 THEN 1 ELSE 0 END) AS evicted;

-- name: restarted_jobs
-- How often were jobs started in the attempt they are in, how many attempts and steps of memory did they need?
-- Of jobs that are in a queue, and of those whose attempt ended since the time that was asked for.
SELECT tag, dsttype, dataset, RESTARTS()
FROM (STARTS(ENDED(a), FILTERED(j))) counted
GROUP BY 1, 2, 3;
