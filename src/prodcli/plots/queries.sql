-- name: finished_by_hour
-- When did the jobs finish that are finished now? By dsttype and hours since 1970, from a time on.
SELECT j.dsttype, EPOCH(a.finished) / 3600 AS hour, COUNT(*) AS jobs
FROM production_attempts a JOIN production_jobs j ON CURRENT_STEP(a, j)
WHERE a.finished >= AT(CAST(:since AS bigint)) AND a.status = 'finished' AND j.status = 'finished' AND FILTERED(j)
GROUP BY 1, 2;

-- fragment: CHANGES(moment, sign)
-- A row for each attempt that takes (1) or leaves (-1) a slot, with its moment in the time that was asked for, counted from there.
SELECT key, {sign} AS sign, CASE WHEN {moment} < CAST(:since AS bigint) THEN 0 ELSE {moment} - CAST(:since AS bigint) END AS moment
FROM occupied WHERE freed > CAST(:since AS bigint) AND taken < CAST(:until AS bigint) AND {moment} < CAST(:until AS bigint);

-- name: slot_changes
-- How many slots were taken more than left in each part of a time, and the sum of the moments at which that happened?
-- Jobs that run take their slots until the end of the time, and held ones did until they were held.
WITH occupied AS (
    SELECT /* key */ NULL AS key, EPOCH(a.started) AS taken, EPOCH(a.finished) AS freed
    FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
    WHERE a.finished >= AT(CAST(:since AS bigint)) AND a.started IS NOT NULL AND FILTERED(j)
    UNION ALL
    SELECT /* key */ NULL AS key, EPOCH(a.started) AS taken,
           CASE WHEN j.status = 'held' THEN EPOCH(a.entered) ELSE CAST(:until AS bigint) END AS freed
    FROM production_jobs j JOIN production_attempts a ON CURRENT_STEP(a, j)
    WHERE j.status NOT IN ('failed', 'finished') AND j.status IN ('started', 'running', 'held') AND a.started IS NOT NULL
      AND a.finished IS NULL AND FILTERED(j))
SELECT key, moment / CAST(:step AS bigint) AS part, CAST(SUM(sign) AS bigint) AS slots, CAST(SUM(sign * moment) AS bigint) AS moments
FROM (CHANGES(taken, 1) UNION ALL CHANGES(freed, -1)) changes
GROUP BY 1, 2;

-- name: events_by_place
-- How many events did finished jobs write, as they reported, by run or by segment?
SELECT place, dsttype, COUNT(*) AS jobs, CAST(SUM(events_out) AS bigint) AS events_out
FROM (SELECT /* key */ NULL AS place, j.dsttype, r.events_out
      FROM production_jobs j JOIN production_reports r ON r.dbid = j.id AND r.attempt = j.attempt
      WHERE j.status = 'finished' AND r.events_out IS NOT NULL AND FILTERED(j) AND SUBMITTED_SINCE(j)) reported
GROUP BY 1, 2;
