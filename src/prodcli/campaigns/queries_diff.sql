-- name: runs_of_tags
-- What became of the jobs of two tags, by dsttype and dataset, in the runs that both have and in those that one has alone?
-- `side` is 0 for the first tag and 1 for the second. CPU, sizes and events are those of finished jobs.
WITH sides AS (
    SELECT j.dsttype, j.dataset, j.runnumber AS run, CASE WHEN j.tag = CAST(:first AS text) THEN 0 ELSE 1 END AS side,
        COUNT(*) AS jobs,
        SUM(CASE WHEN j.status = 'finished' THEN 1 ELSE 0 END) AS finished,
        SUM(CASE WHEN j.status = 'failed' THEN 1 ELSE 0 END) AS failed,
        SUM(CASE WHEN j.status = 'finished' THEN COALESCE(r.user_cpu + r.sys_cpu, j.remoteusercpu + j.remotesyscpu) END) AS cpu,
        SUM(CASE WHEN j.status = 'finished' AND COALESCE(r.user_cpu + r.sys_cpu, j.remoteusercpu + j.remotesyscpu) IS NOT NULL
            THEN 1 ELSE 0 END) AS cpu_jobs,
        MAX(CASE WHEN COALESCE(r.memory_kb, 0) / 1024 > COALESCE(j.memoryusage, 0) THEN r.memory_kb / 1024
            ELSE j.memoryusage END) AS memory,
        SUM(CASE WHEN j.status = 'finished' THEN r.bytes_out END) AS bytes,
        SUM(CASE WHEN j.status = 'finished' THEN r.events_out END) AS events
    FROM production_jobs j WITH_REPORTS(j)
    WHERE FILTERED(j) AND j.runnumber IS NOT NULL
    GROUP BY 1, 2, 3, 4)
SELECT s.dsttype, s.dataset, s.side, s.shared, LISTED(s.run) AS runs, CAST(SUM(s.jobs) AS bigint) AS jobs,
    CAST(SUM(s.finished) AS bigint) AS finished, CAST(SUM(s.failed) AS bigint) AS failed, CAST(SUM(s.cpu) AS float8) AS cpu,
    CAST(SUM(s.cpu_jobs) AS bigint) AS cpu_jobs, CAST(MAX(s.memory) AS bigint) AS memory, CAST(SUM(s.bytes) AS bigint) AS bytes,
    CAST(SUM(s.events) AS bigint) AS events
FROM (SELECT o.*, CASE WHEN COUNT(*) OVER (PARTITION BY o.dsttype, o.dataset, o.run) = 2 THEN 1 ELSE 0 END AS shared FROM sides o) s
GROUP BY 1, 2, 3, 4;
