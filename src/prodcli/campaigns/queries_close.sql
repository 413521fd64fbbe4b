-- name: rules_as_run
-- With which rules, as they were resolved, were jobs of a tag submitted, how often, and from when to when?
SELECT p.rulename AS rule, p.resolved AS hash, t.content AS text, COUNT(*) AS submissions, MIN(EPOCH(p.made)) AS first,
    MAX(EPOCH(p.made)) AS last
FROM production_provenance p JOIN production_texts t ON t.hash = p.resolved
WHERE p.tag = CAST(:tag AS text)
GROUP BY p.rulename, p.resolved, t.content
ORDER BY p.rulename, 5, p.resolved;

-- name: code_as_run
-- From which commits of which repositories were jobs of a tag submitted, how often, and from when to when?
-- `changed` is a JSON list of files that were not as in the commit.
SELECT p.rulename AS rule, r.folder, r.remote, r.branch, r.commit_id, r.changed, COUNT(*) AS submissions,
    MIN(EPOCH(p.made)) AS first, MAX(EPOCH(p.made)) AS last
FROM production_provenance p JOIN production_repositories r ON r.provenance = p.id
WHERE p.tag = CAST(:tag AS text)
GROUP BY p.rulename, r.folder, r.remote, r.branch, r.commit_id, r.changed
ORDER BY p.rulename, r.folder, 8;

-- name: runs_of_tag
-- In which runs has a tag jobs?
SELECT DISTINCT j.runnumber FROM production_jobs j
WHERE substr(j.tag, 1, 100) = substr(CAST(:tag AS text), 1, 100) AND j.tag = CAST(:tag AS text) AND j.runnumber IS NOT NULL;
