-- Memory that finished attempts used and were given, on average, and the most that one used; by the hour of the end.
SELECT HOUR(s.finished) AS time, CAST(SUM(s.used) AS float8) / COUNT(*) AS used, CAST(SUM(s.asked) AS float8) / COUNT(*) AS provisioned,
    MAX(s.used) AS most_used
FROM (FINISHED_SPENT($__timeFilter(a.finished) AND ENDS(a) AND ON_BOARD(j))) s
WHERE s.wall IS NOT NULL AND s.asked > 0 AND s.used IS NOT NULL
GROUP BY 1 ORDER BY 1
