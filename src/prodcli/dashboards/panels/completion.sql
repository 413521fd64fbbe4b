-- Finished of all submitted jobs, in percent.
SELECT PERCENT_DONE() AS done_percent
FROM (ROLLED_UP_STATES()) counted
