-- name: steps_of_productions
-- Which steps do productions have, parents first, and what do they make?
SELECT s.production, s.rulename AS rule, r.config, r.dsttype, r.dataset, r.tag, s.by_segment
FROM production_steps s JOIN production_production_rules r ON r.production = s.production AND r.rulename = s.rulename
ORDER BY s.production, s.place, s.rulename;

-- name: inputs_of_steps
-- What do the steps of productions read?
SELECT i.production, i.rulename AS rule, i.dsttype, i.dataset, i.tag
FROM production_step_inputs i
ORDER BY i.production, i.rulename, i.tag, i.dataset, i.dsttype;

-- name: groups_of_steps
-- Into which groups of runs are the steps of productions divided?
SELECT g.production, g.rulename AS rule, g.groupname AS name, g.first_run AS low, g.last_run AS high, g.author
FROM production_groups g
ORDER BY g.production, g.rulename, g.first_run;

-- name: add_steps
-- Writes the steps of a production.
INSERT INTO production_steps (production, rulename, place, by_segment)
SELECT CAST(:name AS text), r.rule, r.place, r.by_segment FROM RECORDS(:rows) AS r(rule text, place int, by_segment int);

-- name: add_step_inputs
-- Writes what the steps of a production read.
INSERT INTO production_step_inputs (production, rulename, dsttype, dataset, tag)
SELECT CAST(:name AS text), r.rule, r.dsttype, r.dataset, r.tag
FROM RECORDS(:rows) AS r(rule text, dsttype text, dataset text, tag text);

-- name: add_groups
-- Writes groups of runs of the steps of a production; without an author those of its files.
INSERT INTO production_groups (production, rulename, groupname, first_run, last_run, author)
SELECT CAST(:name AS text), r.rule, r.name, r.low, r.high, CAST(:author AS text)
FROM RECORDS(:rows) AS r(rule text, name text, low int, high int);

-- name: forget_declared_groups
-- Deletes the groups that the files of a production declare.
DELETE FROM production_groups WHERE production = CAST(:name AS text) AND author = '';

-- name: forget_group
-- Deletes a group of a step that somebody made beside the files.
DELETE FROM production_groups
WHERE production = CAST(:name AS text) AND rulename = CAST(:rule AS text) AND groupname = CAST(:groupname AS text) AND author <> '';

-- name: runs_of_steps
-- What became of the jobs of each run of steps, and what became in the steps before of segments that have no job?
-- A unit is a run, and where jobs go by segment a run and segment. Of a unit without a job `upstream` counts those of which a job of
-- a step before is failed or held, `missing` those that all parents have finished, and `waits` all others. `worst` is a job that is
-- failed or held.
WITH units AS (
    SELECT p.number, j.runnumber AS run, CASE WHEN p.by_segment = 1 THEN COALESCE(j.segment, 0) ELSE -1 END AS segment, COUNT(*) AS jobs,
        SUM(CASE WHEN j.status = 'finished' THEN 1 ELSE 0 END) AS finished,
        SUM(CASE WHEN j.status = 'failed' THEN 1 ELSE 0 END) AS failed, SUM(CASE WHEN j.status = 'held' THEN 1 ELSE 0 END) AS held,
        MAX(CASE WHEN j.status IN ('failed', 'held') THEN j.id END) AS worst, MAX(j.id) AS newest
    FROM RECORDS(:steps) AS p(number int, dsttype text, dataset text, tag text, by_segment int)
    JOIN production_jobs j ON substr(j.tag, 1, 100) = substr(p.tag, 1, 100) AND j.tag = p.tag AND j.dataset = p.dataset
        AND OF_DSTTYPE(j.dsttype, p.dsttype)
    WHERE j.runnumber IS NOT NULL AND (CAST(:all_runs AS int) = 1 OR WITHIN(j.runnumber, :spans))
    GROUP BY 1, 2, 3),
lacking AS (
    SELECT a.number, u.run, u.segment, MAX(CASE WHEN u.failed + u.held > 0 THEN 1 ELSE 0 END) AS bad,
        MAX(CASE WHEN u.finished < u.jobs THEN 1 ELSE 0 END) AS unfinished, a.parents - SUM(a.direct) AS unmade
    FROM RECORDS(:before) AS a(number int, earlier int, direct int, parents int)
    JOIN units u ON u.number = a.earlier
    LEFT JOIN units o ON o.number = a.number AND o.run = u.run AND o.segment = u.segment
    WHERE o.number IS NULL
    GROUP BY a.number, u.run, u.segment, a.parents)
SELECT number, run, CAST(SUM(jobs) AS bigint) AS jobs, CAST(SUM(finished) AS bigint) AS finished, CAST(SUM(failed) AS bigint) AS failed,
    CAST(SUM(held) AS bigint) AS held, CAST(SUM(upstream) AS bigint) AS upstream, CAST(SUM(waits) AS bigint) AS waits,
    CAST(SUM(missing) AS bigint) AS missing, MAX(worst) AS worst, MAX(newest) AS newest
FROM (SELECT number, run, jobs, finished, failed, held, 0 AS upstream, 0 AS waits, 0 AS missing, worst, newest FROM units
      UNION ALL
      SELECT number, run, 0, 0, 0, 0, bad, CASE WHEN bad = 0 AND (unfinished = 1 OR unmade > 0) THEN 1 ELSE 0 END,
          CASE WHEN bad = 0 AND unfinished = 0 AND unmade = 0 THEN 1 ELSE 0 END, NULL, NULL
      FROM lacking) counted
GROUP BY number, run;

-- name: clusters_of_step
-- In which clusters are the jobs of a step, what became of them, from which claim and record are they, and where do the logs lie?
SELECT j.clusterid AS cluster, COALESCE(j.schedd, '') AS schedd, COUNT(*) AS jobs,
    SUM(CASE WHEN j.status = 'finished' THEN 1 ELSE 0 END) AS finished, SUM(CASE WHEN j.status = 'failed' THEN 1 ELSE 0 END) AS failed,
    SUM(CASE WHEN j.status = 'held' THEN 1 ELSE 0 END) AS held, MIN(j.runnumber) AS first_run, MAX(j.runnumber) AS last_run,
    MIN(EPOCH(j.submitted)) AS submitted, MIN(j.procid) AS proc, MAX(j.log) AS log, MAX(c.folder) AS folder,
    MAX(c.provenance) AS provenance, MAX(p.rule_file) AS rule_file, MAX(p.payload) AS payload
FROM production_jobs j
LEFT JOIN production_claims c ON c.id = j.claim_id LEFT JOIN production_provenance p ON p.id = c.provenance
WHERE substr(j.tag, 1, 100) = substr(CAST(:tag AS text), 1, 100) AND j.tag = CAST(:tag AS text) AND j.dataset = CAST(:dataset AS text)
  AND OF_DSTTYPE(j.dsttype, CAST(:dsttype AS text)) AND j.clusterid IS NOT NULL AND WITHIN(j.runnumber, :spans)
  AND (CAST(:cluster AS bigint) IS NULL OR j.clusterid = CAST(:cluster AS bigint))
  AND (CAST(:schedd AS text) = '' OR j.schedd = CAST(:schedd AS text))
GROUP BY j.clusterid, COALESCE(j.schedd, '')
ORDER BY 9 DESC, 2, 1;
