-- name: failures_by_signature
-- Which signatures do failures since a time have, how often, and which is the newest job of each?
SELECT s.id, s.state, s.code, s.text, s.entry, s.name, s.category, c.failures, EPOCH(c.first) AS first, EPOCH(c.last) AS last,
    c.example, j.err
FROM (SELECT f.signature_id, COUNT(*) AS failures, MIN(f.entered) AS first, MAX(f.entered) AS last, MAX(f.dbid) AS example
      FROM production_failures f WHERE f.entered >= AT(CAST(:since AS bigint)) GROUP BY f.signature_id) c
JOIN production_signatures s ON s.id = c.signature_id
LEFT JOIN production_jobs j ON j.id = c.example
ORDER BY c.failures DESC, s.id;

-- name: rename_signatures
-- Gives signatures an entry of the error catalog.
UPDATE production_signatures SET entry = CAST(:entry AS text), name = CAST(:name AS text), category = CAST(:category AS text)
WHERE id IN (:ids[int]);
