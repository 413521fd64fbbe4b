-- What the pool of the bad night does to the jobs in the queue of the local batch.

-- name: end_job
-- Gives a job its fate.
UPDATE jobs
SET status = :status, since = :since, change = :change, num_starts = 1, node = :node, started = :started, finished = :finished,
    exit_code = :exit_code, user_cpu = :user_cpu, sys_cpu = :sys_cpu, memory_used = :memory, memory_provisioned = memory_asked,
    hold_code = :hold_code, hold_subcode = :hold_subcode, hold_reason = :reason
WHERE cluster = :cluster AND proc = :proc;
