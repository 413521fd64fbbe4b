-- name: queued_by_rule
-- How many jobs of prodcli are in a queue, by rule: idle, running, held? Rows of other tools may say so of jobs that are gone.
-- The first words are those of the partial index over live jobs.
SELECT rulename AS rule, CAST(SUM(CASE WHEN status IN ('submitting', 'submitted', 'evicted') THEN 1 ELSE 0 END) AS int) AS idle,
    CAST(SUM(CASE WHEN status IN ('started', 'running') THEN 1 ELSE 0 END) AS int) AS running,
    CAST(SUM(CASE WHEN status = 'held' THEN 1 ELSE 0 END) AS int) AS held
FROM production_jobs
WHERE status NOT IN ('failed', 'finished') AND claim_id IS NOT NULL
GROUP BY rulename;

-- name: keep_pass
-- Writes the result of a pass of a rule into the history.
INSERT INTO production_passes (host, file, rulename, tag, started, seconds, submitted, registered, finished, recovered, error, reasons)
VALUES (CAST(:host AS text), CAST(:file AS text), CAST(:rule AS text), CAST(:tag AS text), AT(CAST(:started AS bigint)),
    CAST(:seconds AS float8), CAST(:submitted AS int), CAST(:registered AS int), CAST(:finished AS int), CAST(:recovered AS int),
    CAST(:error AS text), CAST(:reasons AS text));

-- name: forget_passes
-- Deletes passes that are older than 30 days.
DELETE FROM production_passes WHERE started < NOW(-2592000);

-- name: submitting_passes
-- The newest passes of some rules and tags that submitted jobs, on any host: when, how many, and what was left out.
SELECT rule, tag, started, submitted, reasons
FROM (SELECT p.rulename AS rule, p.tag, EPOCH(p.started) AS started, p.submitted, p.reasons,
             ROW_NUMBER() OVER (PARTITION BY p.rulename, p.tag ORDER BY p.started DESC) AS place
      FROM production_passes p
      WHERE p.submitted > 0 AND p.rulename IN (:rules[text])) newest
WHERE place <= 20
ORDER BY rule, tag, started;

-- name: begin_loop
-- Writes a loop, or a cron pass of a file on a host, that begins.
INSERT INTO production_loops (id, kind, file, account, host, pid, boot_id, process_start, started, heartbeat, silent_after, state, doing)
VALUES (CAST(:id AS text), CAST(:kind AS text), CAST(:file AS text), CAST(:account AS text), CAST(:host AS text), CAST(:pid AS int),
    CAST(:boot_id AS text), CAST(:process_start AS text), NOW(), NOW(), CAST(:silent_after AS int), 'running', '');

-- name: beat_loop
-- A sign of life of a loop, with what it does; a loop that was called ended is alive again.
UPDATE production_loops
SET heartbeat = NOW(), state = CAST(:state AS text), doing = CAST(:doing AS text), until = AT(CAST(:until AS bigint)),
    rules = CAST(:rules AS text), trouble = CAST(:trouble AS text), queue = CAST(:queue AS text), ended = NULL
WHERE id = CAST(:id AS text);

-- name: loop_orders
-- What people ask of a loop, for how many seconds, and who asks.
SELECT wanted, wanted_for AS seconds, wanted_by AS author FROM production_loops WHERE id = CAST(:id AS text) AND wanted <> '';

-- name: take_loop_orders
-- The loop has read what people ask.
UPDATE production_loops SET wanted = '' WHERE id = CAST(:id AS text);

-- name: order_loops
-- Asks something of loops.
UPDATE production_loops SET wanted = CAST(:wanted AS text), wanted_for = CAST(:seconds AS int), wanted_by = CAST(:author AS text)
WHERE id IN (:ids[text]) AND ended IS NULL;

-- name: end_loops
-- Loops that have ended, or that are gone.
UPDATE production_loops SET ended = NOW(), state = CAST(:state AS text), doing = '', until = NULL
WHERE id IN (:ids[text]) AND ended IS NULL;

-- name: forget_loops
-- Deletes loops that ended more than 30 days ago.
DELETE FROM production_loops WHERE ended < NOW(-2592000);

-- name: loops
-- The loops and cron passes that have not ended, on all hosts; with the seconds since they were heard.
SELECT id, kind, file, account, host, pid, boot_id, process_start, EPOCH(started) AS started, EPOCH(heartbeat) AS heartbeat,
    silent_after, state, doing, EPOCH(until) AS until, rules, trouble, queue, wanted,
    EPOCH(NOW()) - EPOCH(heartbeat) AS unheard
FROM production_loops
WHERE ended IS NULL
ORDER BY host, file, started;

-- name: beat_control
-- A cron pass of a file on a host begins again: how long until the next one is due follows from the time since the last.
UPDATE production_loops
SET heartbeat = NOW(), pid = CAST(:pid AS int), boot_id = CAST(:boot_id AS text), process_start = CAST(:process_start AS text),
    state = 'running',
    silent_after = CASE WHEN EPOCH(NOW()) - EPOCH(heartbeat) BETWEEN 60 AND 86400 THEN 3 * (EPOCH(NOW()) - EPOCH(heartbeat)) + 600
                        ELSE silent_after END
WHERE kind = 'control' AND file = CAST(:file AS text) AND host = CAST(:host AS text) AND account = CAST(:account AS text)
  AND ended IS NULL;

-- name: idle_control
-- A cron pass has ended, and the next one is waited for.
UPDATE production_loops SET heartbeat = NOW(), state = 'waiting', rules = CAST(:rules AS text), trouble = CAST(:trouble AS text)
WHERE kind = 'control' AND file = CAST(:file AS text) AND host = CAST(:host AS text) AND account = CAST(:account AS text)
  AND ended IS NULL;

-- name: take_notice
-- Lets one process in an hour, on whatever host, send a notice of a kind.
INSERT INTO production_notices (kind, sent, host, text) VALUES (CAST(:kind AS text), NOW(), CAST(:host AS text), CAST(:text AS text))
ON CONFLICT (kind) DO UPDATE SET sent = NOW(), host = excluded.host, text = excluded.text
WHERE production_notices.sent < NOW(-3600);

-- name: stalled_of_rules
-- How many running jobs of some rules show no sign of life?
SELECT j.rulename AS rule, COUNT(*) AS jobs
FROM production_jobs j
WHERE j.status NOT IN ('failed', 'finished') AND j.status = 'running' AND j.substatus = 'stalled' AND j.rulename IN (:rules[text])
GROUP BY 1 ORDER BY 1;

-- name: recent_failures
-- How many jobs of some rules ended in the last hour, and how many of them failed?
SELECT j.rulename AS rule, COUNT(*) AS ended, CAST(SUM(CASE WHEN a.status = 'failed' THEN 1 ELSE 0 END) AS int) AS failed
FROM production_attempts a JOIN production_jobs j ON j.id = a.dbid
WHERE a.finished >= NOW(-3600) AND j.rulename IN (:rules[text])
GROUP BY 1;
