-- Failed of all attempts that ended in the time that is shown, in percent.
SELECT 100.0 * SUM(CASE WHEN a.status = 'failed' THEN 1 ELSE 0 END) / NULLIF(COUNT(*), 0) AS failed_percent
FROM ENDS_ON_BOARD()
