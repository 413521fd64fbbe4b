-- name: registered_amounts
-- How large are files of this dsttype, and how many events do they have? Any of them, up to a number.
SELECT size, events FROM datasets
WHERE dsttype = CAST(:dsttype AS text) AND tag = CAST(:tag AS text) AND dataset = CAST(:dataset AS text)
  AND status > 0 AND size > 0
LIMIT :most;

-- name: released_files
-- Which of these files did a person release, as they are?
SELECT q.filename FROM production_quarantine q
JOIN RECORDS(:rows) AS r(filename text, md5 text) ON q.filename = r.filename AND q.md5 = r.md5
WHERE q.dataset = CAST(:dataset AS text) AND q.state = 'released';

-- name: note_quarantine
-- Puts files into quarantine, but those that are there.
INSERT INTO production_quarantine (filename, dataset, tag, dsttype, runnumber, segment, size, events, md5, reason, added, state,
    author, remark)
SELECT r.filename, CAST(:dataset AS text), CAST(:tag AS text), r.dsttype, r.run, r.segment, r.size, r.events, r.md5, r.reason,
    NOW(), 'open', '', ''
FROM RECORDS(:rows) AS r(filename text, dsttype text, run int, segment int, size bigint, events bigint, md5 text, reason text)
WHERE true
ON CONFLICT DO NOTHING;

-- name: files_in_quarantine
-- Which files are in quarantine, and why? Those that wait for a decision, or all.
SELECT q.filename, q.dataset, q.tag, q.dsttype, q.runnumber AS run, q.segment, q.size, q.events, q.md5, q.reason,
    EPOCH(q.added) AS added, q.state, q.author, q.remark, EPOCH(q.decided) AS decided
FROM production_quarantine q WHERE q.state = 'open' OR :every = 1
ORDER BY q.added, q.filename;

-- name: release_files
-- Says of files in quarantine that they are on disk, if the file catalog still has this content.
UPDATE datasets AS d SET status = 1
FROM RECORDS(:rows) AS r(filename text, dataset text, md5 text)
WHERE d.filename = r.filename AND d.dataset = r.dataset AND d.status = -1
  AND EXISTS (SELECT 1 FROM files f WHERE f.lfn = r.filename AND f.md5 = r.md5);

-- name: decide_quarantine
-- Writes what a person decided of files that wait.
UPDATE production_quarantine AS q
SET state = CAST(:state AS text), author = CAST(:author AS text), remark = CAST(:remark AS text), decided = NOW()
FROM RECORDS(:rows) AS r(filename text, dataset text, md5 text)
WHERE q.filename = r.filename AND q.dataset = r.dataset AND q.md5 = r.md5 AND q.state = 'open';
