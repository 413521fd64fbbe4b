-- Loops and cron passes on all hosts that have not ended.
SELECT l.kind, l.id, l.host, reverse(split_part(reverse(l.file), '/', 1)) AS file, l.account, l.state, l.doing, l.heartbeat AS heard,
    CASE WHEN EPOCH(now()) - EPOCH(l.heartbeat) > l.silent_after THEN 'silent' ELSE 'alive' END AS life, l.trouble
FROM production_loops l
WHERE l.ended IS NULL
ORDER BY l.host, l.file, l.started
