-- Ways to the jobs of a tag, and to the few attempts that have several steps: the newest step of an attempt is then found
-- without a look at each. Tags of other tools may be longer than an index can hold: their first hundred letters are in the index.
-- step
CREATE INDEX IF NOT EXISTS production_jobs_prodcli_tag ON production_jobs (substr(tag, 1, 100))
-- step
CREATE INDEX IF NOT EXISTS production_attempts_prodcli_steps ON production_attempts (dbid, attempt, step) WHERE step > 0
