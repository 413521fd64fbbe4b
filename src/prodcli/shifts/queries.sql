-- name: ends_between
-- How many jobs of each tag ended between two times: finished, failed, and removed or lost?
SELECT j.tag, CAST(SUM(CASE WHEN a.status = 'finished' THEN 1 ELSE 0 END) AS int) AS finished,
    CAST(SUM(CASE WHEN a.status = 'failed' AND a.substatus IN ('', 'no_output') THEN 1 ELSE 0 END) AS int) AS failed,
    CAST(SUM(CASE WHEN a.status = 'failed' AND a.substatus NOT IN ('', 'no_output') THEN 1 ELSE 0 END) AS int) AS gone
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
WHERE a.finished >= AT(CAST(:since AS bigint)) AND a.finished < AT(CAST(:until AS bigint))
  AND (CAST(:any_tag AS int) = 1 OR j.tag IN (:tags[text]))
GROUP BY j.tag;

-- name: passes_between
-- What did loops and cron passes do between two times, by host and file?
SELECT p.host, p.file, COUNT(*) AS passes, CAST(SUM(p.submitted) AS int) AS submitted, CAST(SUM(p.registered) AS int) AS registered,
    CAST(SUM(p.finished) AS int) AS finished, CAST(SUM(p.recovered) AS int) AS recovered,
    CAST(SUM(CASE WHEN p.error <> '' THEN 1 ELSE 0 END) AS int) AS errors
FROM production_passes p
WHERE p.started >= AT(CAST(:since AS bigint)) AND p.started < AT(CAST(:until AS bigint))
  AND (CAST(:any_tag AS int) = 1 OR p.tag IN (:tags[text]))
GROUP BY p.host, p.file
ORDER BY p.host, p.file;

-- name: newest_passes
-- The newest pass of each rule and tag since a time.
SELECT rule, tag, started, submitted, error, reasons
FROM (SELECT p.rulename AS rule, p.tag, EPOCH(p.started) AS started, p.submitted, p.error, p.reasons,
             ROW_NUMBER() OVER (PARTITION BY p.rulename, p.tag ORDER BY p.started DESC) AS place
      FROM production_passes p
      WHERE p.started >= AT(CAST(:since AS bigint)) AND (CAST(:any_tag AS int) = 1 OR p.tag IN (:tags[text]))) newest
WHERE place = 1
ORDER BY rule, tag;

-- name: last_digest
-- The newest digest of some tags.
SELECT EPOCH(d.made) AS made, d.author, EPOCH(d.since) AS since, EPOCH(d.until) AS until, d.figures
FROM production_digests d WHERE d.tags = CAST(:tags AS text) ORDER BY d.made DESC, d.id DESC LIMIT 1;

-- name: keep_digest
-- Keeps the figures of a digest.
INSERT INTO production_digests (made, author, since, until, tags, figures)
VALUES (NOW(), CAST(:author AS text), AT(CAST(:since AS bigint)), AT(CAST(:until AS bigint)), CAST(:tags AS text),
    CAST(:figures AS text));

-- name: forget_digests
-- Deletes digests that are older than a year.
DELETE FROM production_digests WHERE made < NOW(-31536000);
