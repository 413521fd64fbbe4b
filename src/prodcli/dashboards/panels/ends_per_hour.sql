-- Attempts that ended in each hour, and how.
SELECT HOUR(a.finished) AS time, SUM(CASE WHEN a.status = 'finished' THEN 1 ELSE 0 END) AS finished,
    SUM(CASE WHEN a.status = 'failed' THEN 1 ELSE 0 END) AS failed
FROM ENDS_ON_BOARD()
GROUP BY 1 ORDER BY 1
