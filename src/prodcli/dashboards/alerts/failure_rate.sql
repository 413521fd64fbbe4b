-- Failed of the attempts that ended in the last hour, in percent, by rule; at least 20 of them tell something.
SELECT j.rulename AS rule, CAST(100.0 * SUM(CASE WHEN a.status = 'failed' THEN 1 ELSE 0 END) / COUNT(*) AS float8) AS value
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
WHERE a.finished >= NOW(-3600)
GROUP BY 1 HAVING COUNT(*) >= 20
ORDER BY 1
