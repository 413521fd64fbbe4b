-- Counts of the books in constant time: production_rollup, and what changed since it was last folded.
--
-- Nobody else writes while a migration does, so counting and triggers are one step here. `hour` is the full hour of
-- `submitted`, empty for none; a missing status is an empty one.
-- step
CREATE TABLE IF NOT EXISTS production_rollup (
    tag text, dsttype text, dataset text, status text, substatus text, hour text, n integer NOT NULL,
    PRIMARY KEY (tag, dsttype, dataset, status, substatus, hour)) WITHOUT ROWID
-- step
CREATE TABLE IF NOT EXISTS production_rollup_delta (
    tag text, dsttype text, dataset text, status text, substatus text, hour text, n integer)
-- step
INSERT INTO production_rollup
SELECT tag, dsttype, dataset, COALESCE(status, ''), substatus, COALESCE(substr(submitted, 1, 13) || ':00:00.000Z', ''), COUNT(*)
FROM production_jobs GROUP BY 1, 2, 3, 4, 5, 6
-- step
-- A failure is not caught: a write that cannot be counted fails, because a count that is silently wrong would be believed.
CREATE TRIGGER prodcli_rollup_insert AFTER INSERT ON production_jobs BEGIN
  INSERT INTO production_rollup_delta VALUES (NEW.tag, NEW.dsttype, NEW.dataset, COALESCE(NEW.status, ''), NEW.substatus,
    COALESCE(substr(NEW.submitted, 1, 13) || ':00:00.000Z', ''), 1);
END
-- step
CREATE TRIGGER prodcli_rollup_update
AFTER UPDATE OF tag, dsttype, dataset, status, substatus, submitted ON production_jobs
WHEN OLD.tag IS NOT NEW.tag OR OLD.dsttype IS NOT NEW.dsttype OR OLD.dataset IS NOT NEW.dataset
  OR OLD.status IS NOT NEW.status OR OLD.substatus IS NOT NEW.substatus
  OR substr(OLD.submitted, 1, 13) IS NOT substr(NEW.submitted, 1, 13)
BEGIN
  INSERT INTO production_rollup_delta VALUES
    (OLD.tag, OLD.dsttype, OLD.dataset, COALESCE(OLD.status, ''), OLD.substatus,
     COALESCE(substr(OLD.submitted, 1, 13) || ':00:00.000Z', ''), -1),
    (NEW.tag, NEW.dsttype, NEW.dataset, COALESCE(NEW.status, ''), NEW.substatus,
     COALESCE(substr(NEW.submitted, 1, 13) || ':00:00.000Z', ''), 1);
END
-- step
CREATE TRIGGER prodcli_rollup_delete AFTER DELETE ON production_jobs BEGIN
  INSERT INTO production_rollup_delta VALUES (OLD.tag, OLD.dsttype, OLD.dataset, COALESCE(OLD.status, ''), OLD.substatus,
    COALESCE(substr(OLD.submitted, 1, 13) || ':00:00.000Z', ''), -1);
END
