-- What the jobs of claims were made from: texts by the hash of their content, submissions, and the git repositories of payloads.
-- step
CREATE TABLE IF NOT EXISTS production_texts (hash text PRIMARY KEY, content text NOT NULL)
-- step
CREATE TABLE IF NOT EXISTS production_provenance (
    id text PRIMARY KEY, made timestamptz NOT NULL, rulename text NOT NULL, tag text NOT NULL, rule_file text NOT NULL, written text,
    resolved text, payload text, kit text, version text NOT NULL, account text NOT NULL, actor text NOT NULL, host text NOT NULL,
    command text NOT NULL, repeats text)
-- step
CREATE TABLE IF NOT EXISTS production_repositories (
    provenance text NOT NULL, number int NOT NULL, folder text NOT NULL, remote text NOT NULL, branch text NOT NULL,
    commit_id text NOT NULL, pushed text NOT NULL, changed text NOT NULL, diff text, note text NOT NULL,
    PRIMARY KEY (provenance, number))
-- step
ALTER TABLE production_claims ADD COLUMN IF NOT EXISTS provenance text
