-- name: memory_use
-- How much memory did jobs ask for, get and use, and how many of them finished or were held for memory?
SELECT key, ladder, asked, provisioned, used, held, COUNT(*), COUNT(seconds), CAST(COALESCE(SUM(seconds), 0) AS bigint),
    MAX(id)
FROM (SELECT /* key */ NULL AS key, CAST(j.request_memory AS text) AS ladder, a.memory_asked AS asked,
             j.memoryprovisioned AS provisioned, COALESCE(a.memory_used, j.memoryusage) AS used,
             CASE WHEN j.status = 'finished' THEN 0 ELSE 1 END AS held, j.id,
             CASE WHEN j.status = 'finished' THEN EPOCH(a.finished)
                  WHEN j.status = 'held' AND j.substatus <> 'parked' THEN EPOCH(a.entered) END
             - EPOCH(a.started) AS seconds
      FROM production_jobs j
      JOIN production_attempts a ON a.dbid = j.id AND a.attempt = j.attempt
        AND a.step = (SELECT MAX(b.step) FROM production_attempts b WHERE b.dbid = j.id AND b.attempt = j.attempt)
      WHERE (j.status = 'finished'
             OR (j.status = 'held' OR j.status = 'failed' AND j.substatus = 'removed') AND EXISTS (
                 SELECT 1 FROM RECORDS(:codes) AS c(code int, subcode int)
                 WHERE c.code = a.hold_code AND c.subcode = COALESCE(a.hold_subcode, 0)))
        AND (CAST(:tag AS text) IS NULL OR j.tag = CAST(:tag AS text))
        AND (CAST(:dsttype AS text) IS NULL OR j.dsttype = CAST(:dsttype AS text)
             OR substr(j.dsttype, 1, length(CAST(:dsttype AS text)) + 1) = CAST(:dsttype AS text) || '_')
        AND (CAST(:rule AS text) IS NULL OR j.rulename = CAST(:rule AS text))
        AND (CAST(:since AS bigint) IS NULL OR j.submitted >= AT(CAST(:since AS bigint)))
        AND (CAST(:all_runs AS int) = 1 OR EXISTS (
             SELECT 1 FROM RECORDS(:spans) AS s(low int, high int) WHERE j.runnumber BETWEEN s.low AND s.high))
        AND (CAST(:all_kinds AS int) = 1 OR EXISTS (
             SELECT 1 FROM RECORDS(:kinds) AS k(tag text, dsttype text) WHERE k.tag = j.tag AND k.dsttype = j.dsttype))) jobs
GROUP BY 1, 2, 3, 4, 5, 6;
