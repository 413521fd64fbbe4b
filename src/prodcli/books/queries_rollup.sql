-- name: clear_rollup
-- Empties the rollup.
DELETE FROM production_rollup;

-- name: fill_rollup
-- Counts all jobs into the rollup, less the changes that are still to be folded.
INSERT INTO production_rollup
SELECT tag, dsttype, dataset, status, substatus, hour, CAST(SUM(n) AS bigint)
FROM (SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), '') AS status, substatus, HOUR(submitted) AS hour, COUNT(*) AS n
      FROM production_jobs GROUP BY 1, 2, 3, 4, 5, 6
      UNION ALL SELECT tag, dsttype, dataset, status, substatus, hour, -n FROM production_rollup_delta) counted
GROUP BY 1, 2, 3, 4, 5, 6 HAVING SUM(n) <> 0;

-- name: rollup_totals
-- How many jobs are in which state, by the rollup?
SELECT status, substatus, CAST(SUM(n) AS bigint)
FROM (SELECT status, substatus, n FROM production_rollup
      UNION ALL
      SELECT status, substatus, n FROM production_rollup_delta) counted
GROUP BY 1, 2 HAVING SUM(n) <> 0;

-- name: rollup_differences
-- Which groups of jobs does the rollup count wrong?
SELECT tag, dsttype, dataset, status, substatus, CAST(hour AS text) AS hour, CAST(SUM(n) AS bigint) AS rows,
    CAST(SUM(rolled) AS bigint) AS rolled_up
FROM (SELECT tag, dsttype, dataset, COALESCE(CAST(status AS text), '') AS status, substatus, HOUR(submitted) AS hour,
             COUNT(*) AS n, 0 AS rolled
      FROM production_jobs GROUP BY 1, 2, 3, 4, 5, 6
      UNION ALL SELECT tag, dsttype, dataset, status, substatus, hour, 0, n FROM production_rollup
      UNION ALL SELECT tag, dsttype, dataset, status, substatus, hour, 0, n FROM production_rollup_delta) compared
GROUP BY tag, dsttype, dataset, status, substatus, hour HAVING SUM(n) <> SUM(rolled)
ORDER BY 1, 2, 3, 4, 5, 6;
