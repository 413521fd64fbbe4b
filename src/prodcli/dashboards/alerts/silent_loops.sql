-- Loops and cron passes without a sign of life: for how many seconds.
SELECT l.kind, l.id, l.host, reverse(split_part(reverse(l.file), '/', 1)) AS file, EPOCH(now()) - EPOCH(l.heartbeat) AS value
FROM production_loops l
WHERE l.ended IS NULL AND EPOCH(now()) - EPOCH(l.heartbeat) > l.silent_after
ORDER BY l.host, l.file
