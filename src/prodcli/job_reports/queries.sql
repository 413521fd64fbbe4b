-- name: due_reports
-- Which attempts that ended have a report that is to be read now, and where is the stdout of their job?
SELECT d.dbid, d.attempt, j.out, EPOCH(NOW()) - EPOCH(d.since) AS age,
    CASE WHEN j.attempt = d.attempt THEN 1 ELSE 0 END AS current
FROM production_due d LEFT JOIN production_jobs j ON j.id = d.dbid
WHERE d.what = 'report' AND d.due <= NOW() ORDER BY d.due, d.dbid, d.attempt LIMIT CAST(:most AS int);

-- name: settle_reports
-- Forgets that the reports of attempts are still to be read.
DELETE FROM production_due
WHERE (dbid, attempt) IN (SELECT r.dbid, r.attempt FROM RECORDS(:rows) AS r(dbid int, attempt int)) AND what = 'report';

-- name: postpone_reports
-- Notes in how many seconds the reports of attempts are to be looked for again.
UPDATE production_due AS d SET due = AT(r.due)
FROM RECORDS(:rows) AS r(dbid int, attempt int, due bigint)
WHERE d.dbid = r.dbid AND d.attempt = r.attempt AND d.what = 'report';

-- name: insert_reports
-- Writes reports; one that is there already stays.
INSERT INTO production_reports (dbid, attempt, start, began, ended, exit_code, signal, user_cpu, sys_cpu, wall, memory_kb, disk_kb,
    events_in, events_out, bytes_in, bytes_out, cpu, cores, os, site, host, address, quality, messages, outputs, staged, read)
SELECT r.dbid, r.attempt, r.start, AT(r.began), AT(r.ended), r.exit_code, r.signal, r.user_cpu, r.sys_cpu, r.wall, r.memory_kb,
    r.disk_kb, r.events_in, r.events_out, r.bytes_in, r.bytes_out, r.cpu, r.cores, r.os, r.site, r.host, r.address, r.quality,
    r.messages, r.outputs, r.staged, NOW()
FROM RECORDS(:rows) AS r(dbid int, attempt int, start int, began bigint, ended bigint, exit_code int, signal int, user_cpu float,
    sys_cpu float, wall float, memory_kb bigint, disk_kb bigint, events_in bigint, events_out bigint, bytes_in bigint,
    bytes_out bigint, cpu text, cores int, os text, site text, host text, address text, quality text, messages int, outputs int,
    staged int)
WHERE true
ON CONFLICT DO NOTHING;

-- name: note_reported_failures
-- Notes that the failures of these attempts are to be looked at again, as their reports tell more.
INSERT INTO production_failures_due (dbid)
SELECT r.dbid FROM RECORDS(:rows) AS r(dbid int, attempt int)
WHERE EXISTS (SELECT 1 FROM production_failures f WHERE f.dbid = r.dbid AND f.attempt = r.attempt);

-- name: insert_phases
-- Writes the phases of reports; one that is there already stays.
INSERT INTO production_phases (dbid, attempt, number, name, began, wall, user_cpu, sys_cpu, memory_kb)
SELECT r.dbid, r.attempt, r.number, r.name, AT(r.began), r.wall, r.user_cpu, r.sys_cpu, r.memory_kb
FROM RECORDS(:rows) AS r(dbid int, attempt int, number int, name text, began bigint, wall float, user_cpu float, sys_cpu float,
    memory_kb bigint)
WHERE true
ON CONFLICT DO NOTHING;

-- name: insert_messages
-- Writes the messages of reports; one that is there already stays.
INSERT INTO production_messages (dbid, attempt, number, at, level, text)
SELECT r.dbid, r.attempt, r.number, AT(r.at), r.level, r.text
FROM RECORDS(:rows) AS r(dbid int, attempt int, number int, at bigint, level text, text text)
WHERE true
ON CONFLICT DO NOTHING;

-- name: insert_report_outputs
-- Writes the outputs of reports; one that is there already stays.
INSERT INTO production_report_outputs (dbid, attempt, lfn, staged, events, first, last, md5, size, ctime, code)
SELECT r.dbid, r.attempt, r.lfn, r.staged, r.events, r.first, r.last, r.md5, r.size, r.ctime, r.code
FROM RECORDS(:rows) AS r(dbid int, attempt int, lfn text, staged text, events bigint, first bigint, last bigint, md5 text,
    size bigint, ctime bigint, code int)
WHERE true
ON CONFLICT DO NOTHING;

-- name: insert_quality
-- Writes the quality results of reports; one that is there already stays.
INSERT INTO production_quality (dbid, attempt, name, value, word)
SELECT r.dbid, r.attempt, r.name, r.value, r.word
FROM RECORDS(:rows) AS r(dbid int, attempt int, name text, value float, word text)
WHERE true
ON CONFLICT DO NOTHING;

-- name: older_quality
-- What did reports say of quality whose results the books do not have one by one? The newest jobs first.
SELECT d.dbid, d.attempt, r.quality
FROM production_quality_due d LEFT JOIN production_reports r ON r.dbid = d.dbid AND r.attempt = d.attempt
ORDER BY d.dbid DESC, d.attempt DESC LIMIT CAST(:most AS int);

-- name: settle_older_quality
-- Forgets that the quality results of these reports were to be written.
DELETE FROM production_quality_due
WHERE (dbid, attempt) IN (SELECT r.dbid, r.attempt FROM RECORDS(:rows) AS r(dbid int, attempt int));

-- name: report_lines
-- What did these jobs report: as a whole, by phase, of outputs, and in messages?
SELECT l.dbid, l.attempt, l.kind, l.name, EPOCH(l.at) AS at, l.wall, l.cpu, l.memory_kb, l.text
FROM (SELECT r.dbid, r.attempt, 0 AS part, 0 AS number, 'job' AS kind, 'exit code ' || CAST(r.exit_code AS text) AS name,
             r.began AS at, r.wall, r.user_cpu + r.sys_cpu AS cpu, r.memory_kb,
             'events ' || COALESCE(CAST(r.events_in AS text), '-') || ' -> ' || COALESCE(CAST(r.events_out AS text), '-')
             || ', bytes ' || COALESCE(CAST(r.bytes_in AS text), '-') || ' -> ' || COALESCE(CAST(r.bytes_out AS text), '-')
             || ', on ' || COALESCE(r.host, '-') || ' (' || COALESCE(r.cpu, '-') || ', ' || COALESCE(r.site, '-') || ')' AS text
      FROM production_reports r WHERE r.dbid IN (:dbids[int])
      UNION ALL
      SELECT p.dbid, p.attempt, 1, p.number, 'phase', p.name, p.began, p.wall, p.user_cpu + p.sys_cpu, p.memory_kb, NULL
      FROM production_phases p WHERE p.dbid IN (:dbids[int])
      UNION ALL
      SELECT o.dbid, o.attempt, 2, 0, 'output', o.lfn, AT(o.ctime), NULL, NULL, NULL,
             CASE WHEN o.code = 0 THEN COALESCE(o.staged, 'staged out') ELSE 'failed with code ' || CAST(o.code AS text) END
      FROM production_report_outputs o WHERE o.dbid IN (:dbids[int])
      UNION ALL
      SELECT m.dbid, m.attempt, 3, m.number, 'message', m.level, m.at, NULL, NULL, NULL, m.text
      FROM production_messages m WHERE m.dbid IN (:dbids[int])) l
ORDER BY l.dbid, l.attempt, l.part, l.number, l.name;
