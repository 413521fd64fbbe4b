-- fragment: OWN_CURSOR(c)
-- The cursor c is that of the product that is asked for.
{c}.dsttype = CAST(:dsttype AS text) AND {c}.dataset = CAST(:dataset AS text) AND {c}.tag = CAST(:tag AS text);

-- name: all_cursors
-- Where do all cursors stand, how do passes move them, and who moved them last?
SELECT c.dsttype, c.dataset, c.tag, c.runnumber AS run, c.moves, c.reason, c.author, EPOCH(c.moved) AS moved
FROM production_cursors c
ORDER BY c.tag, c.dataset, c.dsttype;

-- name: set_cursor
-- Sets a cursor to a run, wherever it stood.
INSERT INTO production_cursors (dsttype, dataset, tag, runnumber, moves, reason, author, moved)
VALUES (CAST(:dsttype AS text), CAST(:dataset AS text), CAST(:tag AS text), CAST(:run AS int), CAST(:moves AS text),
    CAST(:reason AS text), CAST(:author AS text), NOW())
ON CONFLICT (dsttype, dataset, tag) DO UPDATE SET runnumber = excluded.runnumber, moves = excluded.moves,
    reason = excluded.reason, author = excluded.author, moved = excluded.moved;

-- name: add_cursor
-- Sets a cursor to a run, unless there is a cursor already.
INSERT INTO production_cursors (dsttype, dataset, tag, runnumber, moves, reason, author, moved)
VALUES (CAST(:dsttype AS text), CAST(:dataset AS text), CAST(:tag AS text), CAST(:run AS int), CAST(:moves AS text),
    CAST(:reason AS text), CAST(:author AS text), NOW())
ON CONFLICT (dsttype, dataset, tag) DO NOTHING;

-- name: ratchet_cursor
-- Moves a cursor on to a run; never back.
UPDATE production_cursors AS c SET runnumber = CAST(:run AS int), author = CAST(:author AS text), reason = CAST(:reason AS text),
    moved = NOW()
WHERE OWN_CURSOR(c) AND c.runnumber < CAST(:run AS int);

-- name: move_cursor
-- Moves a cursor to a run, unless it was moved since it was seen.
UPDATE production_cursors AS c SET runnumber = CAST(:run AS int), author = CAST(:author AS text), reason = CAST(:reason AS text),
    moved = NOW()
WHERE OWN_CURSOR(c) AND c.runnumber = CAST(:seen AS int);

-- name: first_live_runs
-- Which is the first run of each product with a job in a queue?
SELECT p.number, MIN(j.runnumber) AS run
FROM RECORDS(:products) AS p(number int, dsttype text, dataset text, tag text)
JOIN production_jobs j ON j.tag = p.tag AND j.dataset = p.dataset AND OF_DSTTYPE(j.dsttype, p.dsttype)
WHERE j.status NOT IN ('failed', 'finished') AND j.substatus <> 'parked'
GROUP BY p.number;

-- name: last_booked_run
-- Which is the last run of a product with a job in the books?
SELECT MAX(j.runnumber) FROM production_jobs j
WHERE substr(j.tag, 1, 100) = substr(CAST(:tag AS text), 1, 100) AND j.tag = CAST(:tag AS text) AND j.dataset = CAST(:dataset AS text)
  AND OF_DSTTYPE(j.dsttype, CAST(:dsttype AS text));

-- name: field_cursors
-- Which cursors has another tool of the field left?
SELECT TEXT(dsttype) AS dsttype, TEXT(build) AS build, TEXT(tag) AS dbtag, version, lastrun AS run FROM production_cursor;
