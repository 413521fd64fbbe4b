-- fragment: IN_STATE(state)
-- How many jobs are in a state, by HTCondor's number; 0 for those that are still to be made.
CAST(SUM(CASE WHEN state = {state} THEN jobs ELSE 0 END) AS bigint);

-- name: queued_by_product
-- Which jobs are in the queues now, by what they make? A job that the books do not know has no names.
-- What a schedd has yet to make of a cluster are the procs from the first one up to, not including, the end.
SELECT schedd, owner, rule, tag, dsttype, dataset, CAST(SUM(jobs) AS bigint) AS jobs,
    IN_STATE(1) AS idle, IN_STATE(2) AS running,
    IN_STATE(6) AS transferring, IN_STATE(7) AS suspended,
    IN_STATE(5) AS held, IN_STATE(0) AS waiting
FROM (SELECT q.schedd, q.owner, j.rulename AS rule, j.tag, COALESCE(j.dsttype, '') AS dsttype, j.dataset, q.state, COUNT(*) AS jobs
      FROM RECORDS(:queued) AS q(schedd text, owner text, state int, dbid int)
      LEFT JOIN production_jobs j ON j.id = q.dbid
      WHERE FILTERED(j)
      GROUP BY 1, 2, 3, 4, 5, 6, 7
      UNION ALL
      SELECT f.schedd, f.owner, j.rulename, j.tag, j.dsttype, j.dataset, 0, COUNT(*)
      FROM RECORDS(:factories) AS f(schedd text, owner text, cluster bigint, low int, high int)
      JOIN production_jobs j ON j.schedd = f.schedd AND j.clusterid = f.cluster AND j.procid >= f.low AND j.procid < f.high
      WHERE FILTERED(j)
      GROUP BY 1, 2, 3, 4, 5, 6) seen
GROUP BY 1, 2, 3, 4, 5, 6;
