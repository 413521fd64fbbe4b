-- name: measured_jobs
-- What did the jobs of a product need and make, as HTCondor saw them and as they reported? Events count where jobs reported some.
-- An index has the first letters of a tag.
SELECT COUNT(*) AS jobs, CAST(COALESCE(SUM(m.finished), 0) AS int) AS finished, CAST(COALESCE(SUM(m.failed), 0) AS int) AS failed,
    MAX(m.memory_mb) AS memory_mb, MAX(m.disk_kb) AS disk_kb, MAX(m.wall) AS wall,
    CAST(COALESCE(SUM(m.events_in), 0) AS bigint) AS events_in, CAST(COALESCE(SUM(m.events_out), 0) AS bigint) AS events_out,
    CAST(COALESCE(SUM(CASE WHEN m.events_out > 0 THEN m.cpu END), 0) AS float8) AS cpu,
    CAST(COALESCE(SUM(CASE WHEN m.events_out > 0 THEN m.wall END), 0) AS float8) AS wall_of_events,
    CAST(COALESCE(SUM(CASE WHEN m.events_out > 0 THEN m.bytes_out END), 0) AS bigint) AS bytes_out
FROM (SELECT CASE WHEN j.status = 'finished' THEN 1 ELSE 0 END AS finished,
          CASE WHEN j.status = 'failed' AND j.substatus <> 'removed' THEN 1 ELSE 0 END AS failed,
          CASE WHEN COALESCE(r.memory_kb, 0) / 1024 > COALESCE(j.memoryusage, a.memory_used, 0) THEN r.memory_kb / 1024
               ELSE COALESCE(j.memoryusage, a.memory_used) END AS memory_mb,
          COALESCE(r.disk_kb, j.diskusage) AS disk_kb, COALESCE(r.wall, SECONDS(a.started, a.finished)) AS wall,
          COALESCE(r.user_cpu + r.sys_cpu, j.remoteusercpu + j.remotesyscpu) AS cpu,
          CASE WHEN j.status = 'finished' THEN r.events_in END AS events_in,
          CASE WHEN j.status = 'finished' THEN r.events_out END AS events_out, r.bytes_out
      FROM production_jobs j
      LEFT JOIN production_attempts a ON CURRENT_STEP(a, j)
      LEFT JOIN production_reports r ON r.dbid = j.id AND r.attempt = j.attempt
      WHERE substr(j.tag, 1, 100) = substr(CAST(:tag AS text), 1, 100) AND j.tag = CAST(:tag AS text) AND j.dataset = CAST(:dataset AS text) AND OF_DSTTYPE(j.dsttype, CAST(:dsttype AS text))) m;

-- name: scout_tags
-- Under which tags were scouts of any rule with these outputs claimed?
SELECT DISTINCT c.tag FROM production_claims c
WHERE c.dsttype = CAST(:dsttype AS text) AND c.dataset = CAST(:dataset AS text) AND c.tag LIKE 'scout%';

-- name: earlier_tag
-- Which tag but this one and those of scouts has the newest finished jobs of a dsttype, by the hour of their submission?
SELECT r.tag
FROM (SELECT tag, dsttype, dataset, status, hour, n FROM production_rollup
      UNION ALL SELECT tag, dsttype, dataset, status, hour, n FROM production_rollup_delta) r
WHERE r.dataset = CAST(:dataset AS text) AND OF_DSTTYPE(r.dsttype, CAST(:dsttype AS text)) AND r.status = 'finished'
  AND r.tag <> CAST(:tag AS text) AND r.tag NOT LIKE 'scout%-%'
GROUP BY r.tag HAVING SUM(r.n) > 0
ORDER BY MAX(r.hour) DESC, r.tag DESC LIMIT 1;
