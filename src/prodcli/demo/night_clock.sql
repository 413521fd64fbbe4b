-- The bad night is played in a minute: what a pass wrote just now is moved back to the moment of the night.

-- fragment: MOVED(t)
-- A time; a time that was written just now is moved.
CASE WHEN {t} >= :begin THEN strftime('%Y-%m-%dT%H:%M:%fZ', {t}, :seconds) ELSE {t} END;

-- name: move_jobs
-- Moves when jobs were submitted.
UPDATE production_jobs SET submitted = MOVED(submitted);

-- name: move_attempts
-- Moves since when attempts have their state.
UPDATE production_attempts SET entered = MOVED(entered);

-- name: move_claims
-- Moves when claims were made.
UPDATE production_claims SET started = MOVED(started), lease_until = MOVED(lease_until);

-- name: move_due
-- Moves since when, and when next, reports and outputs are looked for.
UPDATE production_due SET since = MOVED(since), due = MOVED(due);

-- name: move_harvest
-- Moves when the queue was read last.
UPDATE production_harvest SET harvested = MOVED(harvested), swept = MOVED(swept);

-- name: move_passes
-- Moves when passes over rules began.
UPDATE production_passes SET started = MOVED(started);

-- name: move_provenance
-- Moves when submissions were put on record.
UPDATE production_provenance SET made = MOVED(made);

-- name: move_reports
-- Moves when reports of jobs were read.
UPDATE production_reports SET read = MOVED(read);

-- name: move_signs
-- Moves when running jobs were looked at.
UPDATE production_signs SET seen = MOVED(seen);

-- name: move_actions
-- Moves when passes acted.
UPDATE production_actions SET started = MOVED(started), finished = MOVED(finished);
