-- What the panels of the board share. Grafana fills in ${...} and $__...(): docs/dashboards.md.

-- fragment: ON_BOARD(j)
-- The row j is of a chosen tag and production type: tracking and calo of one tag are never mixed.
{j}.tag = ANY(CAST(ARRAY[${tag:sqlstring}] AS text[])) AND EXISTS (
    SELECT 1 FROM production_dsttypes t WHERE t.production_type = ${prod_type:sqlstring} AND OF_TYPE({j}.dsttype, t.prefix));

-- fragment: ROLLED_UP_STATES()
-- How many jobs of the board are in which state, from the rollup.
SELECT r.tag, r.dsttype, r.dataset, REFINED(r.status) AS state, r.n FROM ROLLED_UP() r WHERE ON_BOARD(r);

-- fragment: COUNTED_IN(state)
-- How many of the counted jobs are in a state.
CAST(COALESCE(SUM(CASE WHEN state = {state} THEN n END), 0) AS bigint);

-- fragment: EACH_STATE()
-- How many of the counted jobs are in each state; those that `started`, as older workers write, run.
COUNTED_IN('finished') AS finished, IN_RUN() AS running, COUNTED_IN('submitted') AS submitted, COUNTED_IN('held') AS held,
    COUNTED_IN('failed') AS failed, COUNTED_IN('parked') AS parked, COUNTED_IN('stalled') AS stalled, COUNTED_IN('waiting') AS waiting,
    COUNTED_IN('evicted') AS evicted, COUNTED_IN('submitting') AS submitting;

-- fragment: IN_RUN()
-- How many of the counted jobs run.
CAST(COALESCE(SUM(CASE WHEN state IN ('started', 'running') THEN n END), 0) AS bigint);

-- fragment: PERCENT_DONE()
-- Finished of all counted jobs, in percent.
100.0 * COUNTED_IN('finished') / NULLIF(SUM(n), 0);

-- fragment: ENDS_ON_BOARD()
-- The attempts a of jobs j of the board that ended in the time that is shown.
production_attempts a JOIN production_jobs j ON j.id = a.dbid WHERE $__timeFilter(a.finished) AND ENDS(a) AND ON_BOARD(j);
