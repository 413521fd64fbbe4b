-- name: keep_texts
-- Keeps texts by the hash of their content, each content once.
INSERT INTO production_texts (hash, content)
SELECT r.hash, r.content FROM RECORDS(:rows) AS r(hash text, content text) WHERE true ORDER BY r.hash
ON CONFLICT (hash) DO NOTHING;

-- name: keep_provenance
-- Keeps records of submissions.
INSERT INTO production_provenance (id, made, rulename, tag, rule_file, written, resolved, payload, kit, version, account, actor, host,
    command, repeats)
SELECT r.id, NOW(), r.rulename, r.tag, r.rule_file, r.written, r.resolved, r.payload, r.kit, r.version, r.account, r.actor, r.host,
    r.command, r.repeats
FROM RECORDS(:rows) AS r(id text, rulename text, tag text, rule_file text, written text, resolved text, payload text, kit text,
    version text, account text, actor text, host text, command text, repeats text)
WHERE true
ON CONFLICT (id) DO NOTHING;

-- name: keep_repositories
-- Keeps the git repositories of records.
INSERT INTO production_repositories (provenance, number, folder, remote, branch, commit_id, pushed, changed, diff, note)
SELECT r.provenance, r.number, r.folder, r.remote, r.branch, r.commit_id, r.pushed, r.changed, r.diff, r.note
FROM RECORDS(:rows) AS r(provenance text, number int, folder text, remote text, branch text, commit_id text, pushed text,
    changed text, diff text, note text)
WHERE true
ON CONFLICT (provenance, number) DO NOTHING;

-- name: provenance_of_claims
-- From which records are the jobs of these claims?
SELECT c.id AS claim, p.id AS provenance, p.rule_file, p.written, p.resolved
FROM production_claims c LEFT JOIN production_provenance p ON p.id = c.provenance
WHERE c.id IN (:claims[text]);

-- name: texts_of_hashes
-- Which texts have these hashes?
SELECT hash, content FROM production_texts WHERE hash IN (:hashes[text]);

-- fragment: CLAIM_COLUMNS()
-- Claims with what their jobs make, and their records.
SELECT c.id, c.schedd, c.rule, c.tag, c.dataset, c.dsttype, EPOCH(c.started) AS started, c.account, c.kit, c.provenance
FROM production_claims c;

-- name: claims_by_id
-- What are these claims about, and from which records are their jobs?
CLAIM_COLUMNS() WHERE c.id IN (:claims[text]) ORDER BY c.id;

-- name: claims_of_cluster
-- The claims of the jobs of a cluster, on one schedd or on any.
CLAIM_COLUMNS() WHERE c.id IN (
    SELECT j.claim_id FROM production_jobs j
    WHERE j.schedd IN (SELECT schedd FROM production_claims WHERE schedd = CAST(:schedd AS text) OR CAST(:schedd AS text) = '')
      AND j.clusterid = CAST(:cluster AS bigint)) ORDER BY c.id;

-- name: newest_claims_of_tag
-- The newest claim with a record of each product of a tag.
CLAIM_COLUMNS() WHERE c.id IN (
    SELECT id FROM (
        SELECT o.id, ROW_NUMBER() OVER (PARTITION BY o.dataset, o.dsttype ORDER BY o.started DESC, o.id) AS age
        FROM production_claims o WHERE o.tag = CAST(:tag AS text) AND o.state <> 'released'
          AND EXISTS (SELECT 1 FROM production_provenance p WHERE p.id = o.provenance)) n
    WHERE n.age = 1) ORDER BY c.dsttype, c.dataset;

-- name: has_claims_of_tag
-- Has a tag any claim?
SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM production_claims WHERE tag = CAST(:tag AS text));

-- name: claims_of_outputs
-- The jobs with these outputs, and their claims.
SELECT j.filename AS file, j.id AS dbid, j.claim_id AS claim FROM production_jobs j WHERE j.filename IN (:files[text]) ORDER BY j.filename;

-- name: job_with_segment
-- Which job owns a segment of the outputs with this beginning of their names?
SELECT j.id FROM production_jobs j
WHERE j.runnumber = CAST(:run AS int) AND j.segment <= CAST(:segment AS int)
  AND j.segment + COALESCE(j.outputs_per_job, 1) > CAST(:segment AS int)
  AND SUBSTR(j.filename, 1, LENGTH(CAST(:stem AS text))) = CAST(:stem AS text);

-- name: job_that_reported
-- Which job of a run reported an output of this name, as of a histogram beside its main output?
SELECT MAX(j.id) FROM production_jobs j JOIN production_report_outputs o ON o.dbid = j.id
WHERE j.runnumber = CAST(:run AS int) AND o.lfn = CAST(:file AS text);

-- name: records_by_id
-- Records of submissions.
SELECT p.id, EPOCH(p.made) AS made, p.rulename AS rule, p.tag, p.rule_file, p.written, p.resolved, p.payload, p.kit, p.version, p.account,
    p.actor, p.host, p.command, p.repeats
FROM production_provenance p WHERE p.id IN (:ids[text]) ORDER BY p.id;

-- name: repositories_of_records
-- The git repositories of records.
SELECT r.provenance, r.folder, r.remote, r.branch, r.commit_id AS "commit", r.pushed, r.changed, r.diff, r.note
FROM production_repositories r WHERE r.provenance IN (:ids[text]) ORDER BY r.provenance, r.number;

-- name: input_names
-- Which files does the file catalog have of these dsttypes for one segment of a run?
SELECT TEXT(d.filename) AS file FROM datasets d
WHERE d.runnumber = CAST(:run AS int) AND d.segment = CAST(:segment AS int) AND d.tag = CAST(:tag AS text)
  AND d.dsttype IN (:inputs[text])
ORDER BY d.filename;
