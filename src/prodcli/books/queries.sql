-- Fragments: what many queries ask, written once. A query of any room that says PARKED(j) gets the fragment of that name here,
-- with `j` in the place of {j}.

-- fragment: NEWEST_STEP(a)
-- The row a of production_attempts is the newest step of its attempt. Few attempts have several steps; an index has those alone.
NOT EXISTS (SELECT 1 FROM production_attempts b
            WHERE b.dbid = {a}.dbid AND b.attempt = {a}.attempt AND b.step > 0 AND b.step > {a}.step);

-- fragment: CURRENT_STEP(a, j)
-- The row a of production_attempts is the newest step of the attempt that the job j is in.
{a}.dbid = {j}.id AND {a}.attempt = {j}.attempt AND NEWEST_STEP({a});

-- fragment: AS_READ(a, r)
-- The attempt a has the state that was read before, and entered it at the time that was read.
CAST({a}.status AS text) = {r}.old_status AND {a}.substatus = {r}.old_substatus
  AND COALESCE(EPOCH({a}.entered), 0) = {r}.old_entered;

-- fragment: HELD_FOR(a, codes)
-- The attempt a was held for one of a list of hold codes and subcodes.
EXISTS (SELECT 1 FROM RECORDS({codes}) AS c(code int, subcode int)
        WHERE c.code = {a}.hold_code AND c.subcode = COALESCE({a}.hold_subcode, 0));

-- fragment: SEEN(j)
-- What a claim must find unchanged in the row j of production_jobs, and where its job is.
{j}.filename, {j}.id AS dbid, CAST({j}.status AS text) AS status, {j}.substatus, {j}.attempt, {j}.schedd,
{j}.clusterid AS cluster, {j}.procid AS proc;

-- fragment: PARKED(j)
-- The job of the row j is parked; in the words of a partial index.
{j}.status NOT IN ('failed', 'finished') AND {j}.status = 'held' AND {j}.substatus = 'parked';

-- fragment: OF_DSTTYPE(x, dsttype)
-- x is the dsttype, or the dsttype with the leaf of a host.
({x} = {dsttype} OR substr({x}, 1, length({dsttype}) + 1) = {dsttype} || '_');

-- fragment: WITHIN(x, spans)
-- x lies in one of a list of spans.
EXISTS (SELECT 1 FROM RECORDS({spans}) AS s(low int, high int) WHERE {x} BETWEEN s.low AND s.high);

-- fragment: OF_SEGMENTS(j, spans)
-- The job of the row j makes an output segment in one of a list of spans.
EXISTS (SELECT 1 FROM RECORDS({spans}) AS s(low bigint, high bigint)
        WHERE {j}.segment <= s.high AND s.low - {j}.segment < {j}.outputs_per_job);

-- fragment: OF_PRODUCT(j)
-- The row j has one of the tags and of the dsttypes that were asked for, if any.
-- Most rows have a dsttype that was asked for by its whole name: they are found without going through all names.
OF_TAGS({j}) AND (CAST(:any_dsttype AS int) = 1 OR {j}.dsttype IN (SELECT e.name FROM RECORDS(:dsttypes) AS e(name text)) OR EXISTS (
    SELECT 1 FROM RECORDS(:dsttypes) AS d(name text) WHERE OF_DSTTYPE({j}.dsttype, d.name)));

-- fragment: OF_RULES(j)
-- The row j is of one of the rules that were asked for, if any.
(CAST(:any_rule AS int) = 1 OR {j}.rulename IN (:rules[text]));

-- fragment: FILTERED(j)
-- The row j has a tag, dsttype, rule and run that were asked for, if any.
OF_PRODUCT({j}) AND OF_RULES({j})
  AND (CAST(:all_runs AS int) = 1 OR WITHIN({j}.runnumber, :spans));

-- fragment: SUBMITTED_SINCE(j)
-- The job of the row j was submitted since the time that was asked for, if any.
(CAST(:since AS bigint) IS NULL OR {j}.submitted >= AT(CAST(:since AS bigint)));

-- fragment: OF_CLAIMANT()
-- The claim is this process's.
host = :host AND pid = :pid AND boot_id = :boot_id AND process_start = :process_start;

-- fragment: NO_OTHER_ACTION(filename)
-- No open action but our own, if any, is about the output.
NOT EXISTS (SELECT 1 FROM production_action_outputs o JOIN production_actions p ON p.id = o.action_id
            WHERE o.filename = {filename} AND p.state = 'intended' AND p.id <> CAST(:action AS text));

-- fragment: LISTED_NOTE()
-- A note that has not expired, or any note if every one is asked for.
(CAST(:every AS int) = 1 OR expires IS NULL OR expires > NOW());

-- fragment: EXPIRED()
-- 1 for a note that has expired, 0 for others.
CASE WHEN expires <= NOW() THEN 1 ELSE 0 END;

-- fragment: SAME_EXPIRY(m)
-- The note m expires when the new one would.
COALESCE(EPOCH({m}.expires), 0) = COALESCE(CAST(:expires AS bigint), 0);

-- name: harvested_schedds
-- The schedds that were ever harvested.
SELECT schedd FROM production_harvest ORDER BY schedd;

-- fragment: ROUGHLY(seconds)
-- A length of time exact where it is short, else to within a tenth: few enough values to be counted by the database.
CASE WHEN {seconds} < 60 THEN {seconds} WHEN {seconds} < 600 THEN {seconds} / 5 * 5 WHEN {seconds} < 3600 THEN {seconds} / 60 * 60
     ELSE {seconds} / 300 * 300 END;
