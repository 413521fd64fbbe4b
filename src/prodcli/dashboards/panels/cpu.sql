-- CPU hours of finished attempts by dsttype and hour of the end.
SELECT HOUR(s.finished) AS time, s.dsttype AS metric, SUM(s.cpu) / 3600 AS cpu_hours
FROM (FINISHED_SPENT($__timeFilter(a.finished) AND ENDS(a) AND ON_BOARD(j))) s
WHERE s.wall IS NOT NULL AND s.cpu IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2
