-- name: memory_use
-- How much memory did jobs ask for, get and use, and how many of them finished or were held for memory?
SELECT key AS "group", ladder, asked, provisioned, used, held, COUNT(*) AS jobs, COUNT(seconds) AS timed,
    CAST(COALESCE(SUM(seconds), 0) AS bigint) AS seconds, MAX(id) AS newest
FROM (SELECT /* key */ NULL AS key, CAST(j.request_memory AS text) AS ladder, a.memory_asked AS asked,
             j.memoryprovisioned AS provisioned, COALESCE(a.memory_used, j.memoryusage) AS used,
             CASE WHEN j.status = 'finished' THEN 0 ELSE 1 END AS held, j.id,
             CASE WHEN j.status = 'finished' THEN EPOCH(a.finished)
                  WHEN j.status = 'held' AND j.substatus <> 'parked' THEN EPOCH(a.entered) END
             - EPOCH(a.started) AS seconds
      FROM production_jobs j
      JOIN production_attempts a ON CURRENT_STEP(a, j)
      WHERE (j.status = 'finished'
             OR (j.status = 'held' OR j.status = 'failed' AND j.substatus = 'removed') AND HELD_FOR(a, :codes))
        AND FILTERED(j) AND SUBMITTED_SINCE(j)
        AND (CAST(:all_kinds AS int) = 1 OR substr(j.tag, 1, 100) IN (:tag_beginnings[text]))
        AND (CAST(:all_kinds AS int) = 1 OR EXISTS (
             SELECT 1 FROM RECORDS(:kinds) AS k(tag text, dsttype text) WHERE k.tag = j.tag AND k.dsttype = j.dsttype))) jobs
GROUP BY 1, 2, 3, 4, 5, 6;
