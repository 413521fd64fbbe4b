-- fragment: SAME_DATA(s, r)
-- The rows s and r are about the same data.
{s}.dsttype = {r}.dsttype AND {s}.tag = {r}.tag AND {s}.runnumber = {r}.run AND {s}.dataset = {r}.dataset;

-- name: data_states
-- Which states has the data of these runs, by whom, since when and why?
SELECT s.dataset, s.tag, s.dsttype, s.runnumber AS run, s.state, s.reason, s.author, EPOCH(s.added) AS added,
    EPOCH(s.replaced) AS replaced
FROM RECORDS(:spans) AS r(low int, high int)
JOIN production_data_states s ON s.runnumber BETWEEN r.low AND r.high
WHERE (CAST(:history AS int) = 1 OR s.replaced IS NULL)
  AND (CAST(:any_dsttype AS int) = 1 OR s.dsttype IN (:dsttypes[text]))
  AND OF_TAGS(s)
  AND (CAST(:dataset AS text) IS NULL OR s.dataset = CAST(:dataset AS text))
ORDER BY s.tag, s.dataset, s.dsttype, s.runnumber, s.id;

-- name: inputs_in_state
-- Which of these inputs have one of these states, by run? One bit for each input.
SELECT s.runnumber AS run, bit_or(m.mask) AS bits
FROM RECORDS(:inputs) AS m(name text, mask bigint)
JOIN production_data_states s ON s.dsttype = m.name
WHERE s.replaced IS NULL AND s.tag = CAST(:tag AS text) AND s.dataset = CAST(:dataset AS text)
  AND s.runnumber IN (:runs[int]) AND s.state IN (:states[text])
GROUP BY s.runnumber;

-- name: replace_data_states
-- Notes that the current states of data are replaced, where they are still those that were seen.
UPDATE production_data_states AS s SET replaced = NOW()
FROM RECORDS(:rows) AS r(dataset text, tag text, dsttype text, run int, old text)
WHERE SAME_DATA(s, r) AND s.replaced IS NULL AND s.state = r.old;

-- name: add_data_states
-- Notes new states of data, unless the data has a current state: another one than was seen.
INSERT INTO production_data_states (dataset, tag, dsttype, runnumber, state, reason, author, added)
SELECT r.dataset, r.tag, r.dsttype, r.run, r.new, CAST(:reason AS text), CAST(:author AS text), NOW()
FROM RECORDS(:rows) AS r(dataset text, tag text, dsttype text, run int, new text)
WHERE true
ON CONFLICT DO NOTHING;

-- name: catalogued_data
-- Which data does the file catalog have of these runs, in how many files, of how many bytes?
SELECT TEXT(d.dataset) AS dataset, TEXT(d.tag) AS tag, TEXT(d.dsttype) AS dsttype, d.runnumber AS run, COUNT(*) AS files,
    CAST(COALESCE(SUM(d.size), 0) AS bigint) AS size
FROM RECORDS(:spans) AS r(low int, high int)
JOIN datasets d ON d.runnumber BETWEEN r.low AND r.high
WHERE ASKED_FILE(d) AND d.dataset IS NOT NULL AND d.tag IS NOT NULL AND d.dsttype IS NOT NULL
GROUP BY d.dataset, d.tag, d.dsttype, d.runnumber
ORDER BY d.tag, d.dataset, d.dsttype, d.runnumber;

-- name: data_made_from
-- Which data have jobs that took such data as input? A row names a dsttype that can be made from the data.
SELECT DISTINCT j.dataset, j.tag, j.dsttype, j.runnumber AS run
FROM RECORDS(:rows) AS r(dataset text, tag text, taker text, run int)
JOIN production_jobs j ON j.runnumber = r.run AND j.intriplet = r.tag AND j.dataset = r.dataset AND OF_DSTTYPE(j.dsttype, r.taker);

-- name: known_runs
-- Which of these runs does the daq database have?
SELECT DISTINCT r.runnumber FROM run r
JOIN RECORDS(:spans) AS s(low int, high int) ON r.runnumber BETWEEN s.low AND s.high
ORDER BY r.runnumber;

-- name: labelled_runs
-- Which of these runs have which labels, by whom, since when and why?
SELECT l.label, l.runnumber AS run, l.reason, l.author, EPOCH(l.added) AS added
FROM RECORDS(:spans) AS s(low int, high int)
JOIN production_run_labels l ON l.runnumber BETWEEN s.low AND s.high
WHERE CAST(:label AS text) IS NULL OR l.label = CAST(:label AS text)
ORDER BY l.label, l.added, l.runnumber;

-- name: add_run_labels
-- Puts a label on runs, but on those that have it.
INSERT INTO production_run_labels (label, runnumber, reason, author, added)
SELECT CAST(:label AS text), r.run, CAST(:reason AS text), CAST(:author AS text), NOW() FROM RECORDS(:runs) AS r(run int)
WHERE true
ON CONFLICT DO NOTHING;

-- name: remove_run_labels
-- Takes a label from runs.
DELETE FROM production_run_labels WHERE label = CAST(:label AS text) AND runnumber IN (:runs[int]);

-- name: finished_data
-- Which open data has seen jobs finish in the last two days, and has none that is in a queue or failed?
-- Some of it, by chance: so no data waits behind data that nobody registers. What somebody opened after that stays open.
SELECT k.dataset, k.tag, k.dsttype, k.run
FROM (SELECT e.dataset, e.tag, e.dsttype, e.runnumber AS run, MAX(a.finished) AS ended
      FROM production_attempts a
      JOIN production_jobs e ON e.id = a.dbid AND e.attempt = a.attempt
      WHERE a.finished >= NOW(-172800) AND e.status = 'finished'
      GROUP BY e.dataset, e.tag, e.dsttype, e.runnumber) k
LEFT JOIN (SELECT DISTINCT o.dataset, o.tag, o.dsttype, o.runnumber FROM production_jobs o
           WHERE o.status NOT IN ('failed', 'finished')) l ON SAME_DATA(l, k)
LEFT JOIN (SELECT DISTINCT o.dataset, o.tag, o.dsttype, o.runnumber FROM production_jobs o
           WHERE o.status = 'failed') f ON SAME_DATA(f, k)
WHERE l.runnumber IS NULL AND f.runnumber IS NULL
  AND NOT EXISTS (SELECT 1 FROM production_data_states s
                  WHERE SAME_DATA(s, k) AND s.replaced IS NULL AND (s.state <> 'open' OR s.added >= k.ended))
ORDER BY random()
LIMIT CAST(:most AS int);

-- name: outputs_of_data
-- Which files do the jobs of this data make: the first of each finished job, and the reported ones of a job with several?
SELECT r.number, CASE WHEN j.status = 'finished' THEN j.filename END AS first, j.outputs_per_job AS outputs, o.lfn AS reported
FROM RECORDS(:rows) AS r(number int, dataset text, tag text, dsttype text, run int)
JOIN production_jobs j ON SAME_DATA(j, r)
LEFT JOIN production_report_outputs o
  ON o.dbid = j.id AND o.attempt = j.attempt AND o.code = 0 AND j.outputs_per_job > 1;

-- name: files_on_disk
-- Which of these files does the file catalog have on disk?
SELECT DISTINCT filename FROM datasets WHERE filename IN (:names[text]) AND status > 0;

-- name: finalized_data_at_work
-- Which finalized data has jobs again that are in a queue?
SELECT DISTINCT s.dataset, s.tag, s.dsttype, s.runnumber AS run
FROM production_jobs r
JOIN production_data_states s ON s.dsttype = r.dsttype AND s.tag = r.tag AND s.runnumber = r.runnumber AND s.dataset = r.dataset
WHERE r.status NOT IN ('failed', 'finished') AND s.replaced IS NULL AND s.state = 'finalized';

-- name: states_of_jobs
-- Which states but open has the data of these jobs?
SELECT DISTINCT s.dataset, s.tag, s.dsttype, s.runnumber AS run, s.state
FROM production_jobs r
JOIN production_data_states s ON s.dsttype = r.dsttype AND s.tag = r.tag AND s.runnumber = r.runnumber AND s.dataset = r.dataset
WHERE r.id IN (:ids[int]) AND s.replaced IS NULL AND s.state <> 'open';
