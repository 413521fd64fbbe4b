-- name: new_runs
-- Which runs ended in the last seconds before the newest end?
-- An end later than tomorrow is none: clocks of all time zones are within a day of each other.
SELECT r.runnumber FROM run r
CROSS JOIN (SELECT MAX(e.ertimestamp) AS newest FROM run e CROSS JOIN (SELECT NOW() AS clock) c
            WHERE NOT NO_TIME(e.ertimestamp) AND SECONDS(c.clock, e.ertimestamp) <= 86400) n
WHERE NOT NO_TIME(r.ertimestamp) AND SECONDS(r.ertimestamp, n.newest) BETWEEN 0 AND CAST(:window AS int);

-- name: transferred_runs
-- Of which of these runs are all raw files at the computing centre?
SELECT f.runnumber FROM filelist f
JOIN RECORDS(:spans) AS s(low int, high int) ON f.runnumber BETWEEN s.low AND s.high
GROUP BY f.runnumber HAVING MIN(CASE WHEN f.transferred_to_sdcc THEN 1 ELSE 0 END) = 1;

-- name: runs_of_table
-- Which runs does a table of the configuration list?
SELECT DISTINCT /* key */ NULL FROM /* table */ run;

-- name: runs_with_label
-- Which runs have a label?
SELECT runnumber FROM production_run_labels WHERE label = CAST(:label AS text);

-- name: known_labels
-- Which labels do runs have?
SELECT DISTINCT label FROM production_run_labels ORDER BY label;
