-- name: counted_states
-- How many jobs are in which state, by tag, dsttype, dataset and a column? Counted from all rows.
SELECT tag, dsttype, dataset, /* key */ NULL, /* refined */ CAST(status AS text), COUNT(*)
FROM production_jobs
WHERE (CAST(:tag AS text) IS NULL OR tag = CAST(:tag AS text))
  AND (CAST(:dsttype AS text) IS NULL OR dsttype = CAST(:dsttype AS text)
       OR substr(dsttype, 1, length(CAST(:dsttype AS text)) + 1) = CAST(:dsttype AS text) || '_')
  AND (CAST(:rule AS text) IS NULL OR rulename = CAST(:rule AS text))
  AND (CAST(:since AS bigint) IS NULL OR submitted >= AT(CAST(:since AS bigint)))
  AND (CAST(:all_runs AS int) = 1 OR EXISTS (
       SELECT 1 FROM RECORDS(:spans) AS s(low int, high int) WHERE runnumber BETWEEN s.low AND s.high))
GROUP BY 1, 2, 3, 4, 5;

-- name: rolled_up_states
-- How many jobs are in which state, by tag, dsttype and dataset? From the rollup.
SELECT tag, dsttype, dataset, /* key */ NULL, status, CAST(SUM(n) AS bigint)
FROM (SELECT tag, dsttype, dataset, CASE WHEN substatus IN ('waiting', 'parked') THEN substatus ELSE status END AS status,
          SUM(n) AS n
      FROM production_rollup
      WHERE CAST(:since AS bigint) IS NULL OR hour >= AT(CAST(:since AS bigint))
      GROUP BY 1, 2, 3, 4
      UNION ALL
      SELECT tag, dsttype, dataset, CASE WHEN substatus IN ('waiting', 'parked') THEN substatus ELSE status END, n
      FROM production_rollup_delta
      WHERE CAST(:since AS bigint) IS NULL OR hour >= AT(CAST(:since AS bigint))) counted
WHERE (CAST(:tag AS text) IS NULL OR tag = CAST(:tag AS text))
  AND (CAST(:dsttype AS text) IS NULL OR dsttype = CAST(:dsttype AS text)
       OR substr(dsttype, 1, length(CAST(:dsttype AS text)) + 1) = CAST(:dsttype AS text) || '_')
GROUP BY 1, 2, 3, 4, 5 HAVING SUM(n) <> 0;

-- name: known_tags
-- Which tags does the overview of the books have?
SELECT DISTINCT tag FROM production_overview;
