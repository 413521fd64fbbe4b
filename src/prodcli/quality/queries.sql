-- name: limits_of_products
-- Which limits did the newest submission of each product name?
SELECT p.tag, p.dataset, p.dsttype, p.quality
FROM (SELECT c.tag, c.dataset, c.dsttype, c.quality, ROW_NUMBER() OVER (
          PARTITION BY c.tag, c.dataset, c.dsttype ORDER BY CASE WHEN c.quality IS NULL THEN 1 ELSE 0 END, c.started DESC, c.id) AS age
      FROM production_claims c WHERE c.tag IS NOT NULL AND OF_TAGS(c)) p
WHERE p.age = 1;

-- fragment: WITH_LIMITS(j)
-- The quality results q that the present attempts of the jobs j reported, with their limits l, if there are any.
JOIN production_quality q ON q.dbid = {j}.id AND q.attempt = {j}.attempt
LEFT JOIN production_claims c ON c.id = {j}.claim_id
LEFT JOIN RECORDS(:limits) AS l(tag text, dataset text, dsttype text, name text, low float, high float, worded int)
    ON l.tag = c.tag AND l.dataset = c.dataset AND l.dsttype = c.dsttype AND l.name = q.name;

-- fragment: AGAINST_LIMITS(j)
-- The quality results of the jobs j that were asked for, with their limits.
FROM production_jobs {j} WITH_LIMITS({j})
WHERE FILTERED({j}) AND SUBMITTED_SINCE({j}) AND (CAST(:any_name AS int) = 1 OR q.name IN (:names[text]));

-- fragment: IS_ALARM()
-- 1 for a result outside of its limits, or without a value where there is a limit.
CASE WHEN l.name IS NULL THEN 0
     WHEN q.value < l.low OR q.value > l.high THEN 1
     WHEN l.worded = 0 AND q.value IS NULL THEN 1
     WHEN l.worded = 1 AND NOT EXISTS (
         SELECT 1 FROM RECORDS(:words) AS w(tag text, dataset text, dsttype text, name text, word text)
         WHERE w.tag = l.tag AND w.dataset = l.dataset AND w.dsttype = l.dsttype AND w.name = l.name AND w.word = q.word) THEN 1
     ELSE 0 END;

-- fragment: IS_PLOT(q)
-- The result q names a plot.
({q}.name = 'plot' OR substr({q}.name, 1, 6) = 'plots.');

-- name: quality_results
-- Which quality results did jobs report, and how many of them are outside of their limits? By product, or by a column within it.
SELECT j.tag, COALESCE(c.dsttype, j.dsttype) AS dsttype, j.dataset, /* key */ NULL AS key, q.name, COUNT(*) AS jobs,
    CAST(SUM(IS_ALARM()) AS bigint) AS alarms, AVG(q.value) AS mean, MIN(q.value) AS least, MAX(q.value) AS most,
    CASE WHEN MIN(q.word) = MAX(q.word) THEN MIN(q.word) WHEN MIN(q.word) IS NOT NULL THEN 'several' END AS word
AGAINST_LIMITS(j) AND NOT IS_PLOT(q)
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5;

-- name: quality_alarms
-- Which results of which jobs are outside of their limits, and where is the plot that the job staged out? The newest jobs first.
SELECT j.id AS dbid, j.tag, COALESCE(c.dsttype, j.dsttype) AS dsttype, j.dataset, j.runnumber AS run, j.segment, q.name, q.value, q.word,
    (SELECT COALESCE(o.staged, p.word) FROM production_quality p
     LEFT JOIN production_report_outputs o ON o.dbid = p.dbid AND o.attempt = p.attempt AND o.lfn = p.word AND o.code = 0
     WHERE p.dbid = q.dbid AND p.attempt = q.attempt AND p.name IN ('plot', 'plots.' || q.name)
     ORDER BY p.name DESC LIMIT 1) AS plot
AGAINST_LIMITS(j) AND NOT IS_PLOT(q) AND IS_ALARM() = 1
ORDER BY j.id DESC, q.name LIMIT CAST(:most AS bigint);

-- name: recent_alarms
-- Of which results of some rules were jobs that ended in the last hour outside of their limits, and how far?
SELECT j.rulename AS rule, j.tag, c.dsttype, j.dataset, q.name, COUNT(*) AS jobs, MIN(q.value) AS least, MAX(q.value) AS most
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid AND j.attempt = a.attempt WITH_LIMITS(j)
WHERE a.finished >= NOW(-3600) AND j.rulename IN (:rules[text]) AND IS_ALARM() = 1
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 5;
