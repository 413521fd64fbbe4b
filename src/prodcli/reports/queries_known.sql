-- The names that jobs of the books have.

-- name: known_tags
-- Which tags does the overview of the books have?
SELECT DISTINCT tag FROM production_overview;

-- name: known_dsttypes
-- Which dsttypes have jobs? From the rollup.
SELECT DISTINCT dsttype FROM production_rollup WHERE dsttype IS NOT NULL
UNION SELECT dsttype FROM production_rollup_delta WHERE dsttype IS NOT NULL;

-- name: job_of_rule
-- Any job of a rule.
SELECT id FROM production_jobs WHERE rulename = :rule LIMIT 1;

-- name: known_rules
-- Which rules have jobs? Reads all of them, as no index has rules.
SELECT DISTINCT rulename FROM production_jobs WHERE rulename IS NOT NULL;

-- name: job_of_runs
-- Any job of some runs.
SELECT j.id FROM production_jobs j WHERE WITHIN(j.runnumber, :spans) LIMIT 1;

-- name: first_and_last_run
-- The first and the last run with jobs.
SELECT MIN(runnumber) AS low, MAX(runnumber) AS high FROM production_jobs WHERE runnumber > 0;

-- name: newest_rules
-- Which rules do the newest jobs have?
SELECT DISTINCT rulename FROM (SELECT rulename FROM production_jobs ORDER BY id DESC LIMIT 20000) newest
WHERE rulename IS NOT NULL;

-- name: runs_in_trouble
-- Which runs have held or failed jobs? Of very many such jobs some.
SELECT runnumber FROM (SELECT runnumber FROM production_jobs WHERE status = 'held' LIMIT 20000) held
UNION SELECT runnumber FROM (SELECT runnumber FROM production_jobs WHERE status = 'failed' LIMIT 20000) failed
ORDER BY 1 DESC;
