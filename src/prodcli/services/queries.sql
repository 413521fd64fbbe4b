-- name: service_spells
-- What is written of services between two times?
SELECT s.id, s.service, s.state, EPOCH(s.since) AS since, EPOCH(s.until) AS until, s.note, s.author, EPOCH(s.checked) AS checked
FROM production_service_states s
WHERE s.since < AT(CAST(:until AS bigint)) AND (s.until IS NULL OR s.until > AT(CAST(:since AS bigint)));

-- name: known_services
-- Of which services is anything written?
SELECT DISTINCT s.service FROM production_service_states s ORDER BY s.service;

-- name: end_service_states
-- The open state of some services ends where a later one begins.
UPDATE production_service_states
SET until = (SELECT AT(r.since) FROM RECORDS(:spells) AS r(service text, since bigint)
             WHERE r.service = production_service_states.service)
WHERE until IS NULL
  AND EXISTS (SELECT 1 FROM RECORDS(:spells) AS r(service text, since bigint)
              WHERE r.service = production_service_states.service AND production_service_states.since < AT(r.since));

-- name: replace_service_states
-- Deletes what was written of the time of windows, and open states that begin when another one does.
DELETE FROM production_service_states
WHERE EXISTS (SELECT 1 FROM RECORDS(:spells) AS r(service text, since bigint, until bigint)
              WHERE r.service = production_service_states.service AND production_service_states.since >= AT(r.since)
                AND (production_service_states.until <= AT(r.until)
                     OR r.until IS NULL AND production_service_states.until IS NULL AND production_service_states.since = AT(r.since)));

-- name: shorten_service_states
-- What began within a window begins at its end.
UPDATE production_service_states
SET since = (SELECT AT(r.until) FROM RECORDS(:spells) AS r(service text, since bigint, until bigint)
             WHERE r.service = production_service_states.service)
WHERE EXISTS (SELECT 1 FROM RECORDS(:spells) AS r(service text, since bigint, until bigint)
              WHERE r.service = production_service_states.service AND production_service_states.since >= AT(r.since)
                AND production_service_states.since < AT(r.until));

-- name: add_service_states
-- Writes states of services; an open one ends where a later open one begins.
INSERT INTO production_service_states (service, state, since, until, note, author, entered, checked)
SELECT r.service, r.state, AT(r.since),
       COALESCE(AT(r.until), (SELECT MIN(s.since) FROM production_service_states s
                              WHERE s.service = r.service AND s.until IS NULL AND s.since > AT(r.since))),
       r.note, r.author, NOW(), AT(r.checked)
FROM RECORDS(:spells) AS r(service text, state text, since bigint, until bigint, note text, author text, checked bigint)
WHERE 1 = 1;

-- name: check_service_states
-- A program has found states unchanged.
UPDATE production_service_states SET checked = NOW() WHERE id IN (:ids[int]);

-- name: standing_announcements
-- What do people announce now?
SELECT a.id, a.text, a.author, EPOCH(a.made) AS made, EPOCH(a.until) AS until
FROM production_announcements a
WHERE a.until IS NULL OR a.until > NOW()
ORDER BY a.id;

-- name: add_announcement
-- Announces a text until a time, or until somebody removes it.
INSERT INTO production_announcements (text, author, made, until)
VALUES (CAST(:text AS text), CAST(:author AS text), NOW(), AT(CAST(:until AS bigint)));

-- name: end_announcements
-- Some announcements stand no longer.
UPDATE production_announcements SET until = NOW() WHERE id IN (:ids[int]) AND (until IS NULL OR until > NOW());

-- name: reported_services
-- What does a table of another tool say of services?
SELECT * FROM /* table */ run;

-- name: needs_of_jobs
-- Of which rules and dsttypes are these jobs, and which services did the rules say that they need?
SELECT DISTINCT j.rulename, COALESCE(c.dsttype, j.dsttype) AS dsttype, c.needs
FROM production_jobs j
LEFT JOIN production_claims c ON c.id = j.claim_id
WHERE j.id IN (:ids[int]);
