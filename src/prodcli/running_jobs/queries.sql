-- fragment: IS_FRESH(s)
-- The job of the sign s has entered its state anew: another start, or the end of a suspension.
EPOCH(excluded.entered) <> EPOCH({s}.entered);

-- fragment: IS_IDLE(s)
-- The job of the sign s has used next to no CPU since it was last seen to use some.
NOT IS_FRESH({s}) AND excluded.cpu >= {s}.cpu
AND excluded.cpu - {s}.cpu < CAST(:busy AS float) * (EPOCH(NOW()) - EPOCH({s}.cpu_at));

-- fragment: SINCE_WHEN(new, old, at, fresh)
-- Since when a sign is as it is: since now if it is another one than before.
CASE WHEN {new} IS NULL THEN NULL WHEN {fresh} OR {old} IS NULL OR {new} <> {old} THEN NOW() ELSE {at} END;

-- name: keep_signs
-- Keeps the signs of life of running jobs, each with the time since when it is as it is.
-- A job that is seen for the first time, and has hardly used any CPU, has been idle since its start.
INSERT INTO production_signs (dbid, attempt, entered, seen, cpu, cpu_at, events, events_total, events_at, output, output_at)
SELECT r.dbid, r.attempt, AT(r.entered), NOW(), r.cpu,
    CASE WHEN r.cpu IS NULL THEN NULL WHEN r.cpu < CAST(:busy AS float) * (EPOCH(NOW()) - r.entered) THEN AT(r.entered) ELSE NOW() END,
    r.events, r.events_total, CASE WHEN r.events IS NULL THEN NULL ELSE NOW() END,
    r.output, CASE WHEN r.output IS NULL THEN NULL ELSE NOW() END
FROM RECORDS(:rows) AS r(dbid int, attempt int, entered bigint, cpu float, events bigint, events_total bigint, output bigint)
WHERE true
ON CONFLICT (dbid, attempt) DO UPDATE
SET entered = excluded.entered, seen = excluded.seen, events = excluded.events, events_total = excluded.events_total,
    output = excluded.output,
    cpu = CASE WHEN IS_IDLE(production_signs) THEN production_signs.cpu ELSE excluded.cpu END,
    cpu_at = CASE WHEN IS_IDLE(production_signs) THEN production_signs.cpu_at
                  WHEN IS_FRESH(production_signs) OR excluded.cpu IS NULL OR production_signs.cpu IS NULL THEN excluded.cpu_at
                  ELSE NOW() END,
    events_at = SINCE_WHEN(excluded.events, production_signs.events, production_signs.events_at, IS_FRESH(production_signs)),
    output_at = SINCE_WHEN(excluded.output, production_signs.output, production_signs.output_at, IS_FRESH(production_signs));

-- fragment: SILENT(at, claimed, usual)
-- A sign is as it is for longer than a job may be; 0 seconds allow any time.
{at} IS NOT NULL AND COALESCE({claimed}, CAST({usual} AS int)) > 0
AND EPOCH({at}) <= EPOCH(NOW()) - COALESCE({claimed}, CAST({usual} AS int));

-- fragment: STALLED(s, c)
-- What a running job shows no more of, by its signs and its claim; empty for a job that is alive.
CASE WHEN SILENT({s}.cpu_at, {c}.quiet_cpu, :cpu) THEN 'no CPU'
     WHEN SILENT({s}.events_at, {c}.quiet_events, :events) THEN 'no events'
     WHEN SILENT({s}.output_at, {c}.quiet_output, :output) THEN 'no output' ELSE '' END;

-- name: judge_signs
-- Notes which running jobs of a schedd show no sign of life, and of which kind.
UPDATE production_signs AS s SET stalled = STALLED(s, c)
FROM production_jobs j LEFT JOIN production_claims c ON c.id = j.claim_id
WHERE j.id = s.dbid AND j.attempt = s.attempt AND j.schedd = CAST(:schedd AS text) AND j.status = 'running'
  AND s.seen >= NOW(-300) AND s.stalled <> STALLED(s, c);

-- name: mark_stalled
-- Marks the running jobs of a schedd that show no sign of life.
UPDATE production_jobs AS j SET substatus = 'stalled'
FROM production_signs s
WHERE s.stalled <> '' AND j.id = s.dbid AND j.attempt = s.attempt AND j.schedd = CAST(:schedd AS text)
  AND j.status = 'running' AND j.substatus = '';

-- name: unmark_stalled
-- Takes the mark from jobs of a schedd that show a sign of life again.
UPDATE production_jobs AS j SET substatus = ''
FROM production_signs s
WHERE s.stalled = '' AND j.id = s.dbid AND j.attempt = s.attempt AND j.schedd = CAST(:schedd AS text)
  AND j.status = 'running' AND j.substatus = 'stalled';

-- name: forget_signs
-- Forgets the signs of jobs that run no more. What a job was stalled by when it left stays, for its next attempt.
DELETE FROM production_signs
WHERE stalled = '' AND NOT EXISTS (
    SELECT 1 FROM production_jobs j
    WHERE j.id = production_signs.dbid AND j.attempt = production_signs.attempt AND j.status = 'running');
