-- name: host_presence
-- Which hosts took part in these runs, and in the runs of the same type shortly before and after?
SELECT n.runnumber AS run, TEXT(n.runtype) AS runtype, n.asked, TEXT(h.hostname) AS host, h.serverid AS server
FROM (SELECT k.runnumber, k.runtype, k.asked,
             MAX(k.asked) OVER (PARTITION BY k.runtype ORDER BY k.runnumber
                 ROWS BETWEEN CAST(:neighbours AS int) PRECEDING AND CAST(:neighbours AS int) FOLLOWING) AS near
      FROM (SELECT r.runnumber, r.runtype,
                   CASE WHEN WITHIN(r.runnumber, :spans) THEN 1 ELSE 0 END AS asked
            FROM run r
            WHERE EXISTS (SELECT 1 FROM hostinfo i WHERE i.runnumber = r.runnumber)) k) n
JOIN hostinfo h ON h.runnumber = n.runnumber
WHERE n.near = 1;

-- name: noted_masks
-- Which hosts are masked, in which runs, by whom and until when?
SELECT id, hosts, first_run, last_run, NULL AS first_segment, NULL AS last_segment, dsttype, reason, author,
    EPOCH(added) AS added, EPOCH(expires) AS expires, EXPIRED() AS expired
FROM production_masks
WHERE LISTED_NOTE()
ORDER BY id;

-- name: add_masks
-- Notes masks of hosts, but those that are noted so already.
INSERT INTO production_masks (hosts, first_run, last_run, dsttype, reason, author, added, expires)
SELECT r.hosts, r.first_run, r.last_run, r.dsttype, r.reason, CAST(:author AS text), NOW(), AT(CAST(:expires AS bigint))
FROM RECORDS(:rows) AS r(hosts text, first_run int, last_run int, dsttype text, reason text)
WHERE NOT EXISTS (
    SELECT 1 FROM production_masks m
    WHERE m.hosts = r.hosts AND m.first_run = r.first_run AND m.last_run = r.last_run AND m.dsttype = r.dsttype
      AND m.reason = r.reason AND SAME_EXPIRY(m))
ORDER BY r.first_run, r.hosts;

-- name: remove_masks
-- Removes masks of hosts.
DELETE FROM production_masks WHERE id IN (:ids[int]);

-- name: noted_invalid_runs
-- Which runs and segments are invalid, by whom and until when?
SELECT id, NULL AS hosts, first_run, last_run, first_segment, last_segment, dsttype, reason, author,
    EPOCH(added) AS added, EPOCH(expires) AS expires, EXPIRED() AS expired
FROM production_invalid_runs
WHERE LISTED_NOTE()
ORDER BY id;

-- name: add_invalid_runs
-- Notes invalid runs and segments, but those that are noted so already.
INSERT INTO production_invalid_runs (first_run, last_run, first_segment, last_segment, dsttype, reason, author, added, expires)
SELECT r.first_run, r.last_run, r.first_segment, r.last_segment, r.dsttype, r.reason, CAST(:author AS text), NOW(),
    AT(CAST(:expires AS bigint))
FROM RECORDS(:rows) AS r(first_run int, last_run int, first_segment int, last_segment int, dsttype text, reason text)
WHERE NOT EXISTS (
    SELECT 1 FROM production_invalid_runs m
    WHERE m.first_run = r.first_run AND m.last_run = r.last_run AND m.dsttype = r.dsttype AND m.reason = r.reason
      AND COALESCE(m.first_segment, -1) = COALESCE(r.first_segment, -1)
      AND COALESCE(m.last_segment, -1) = COALESCE(r.last_segment, -1) AND SAME_EXPIRY(m))
ORDER BY r.first_run, r.first_segment;

-- name: remove_invalid_runs
-- Removes notes of invalid runs and segments.
DELETE FROM production_invalid_runs WHERE id IN (:ids[int]);
