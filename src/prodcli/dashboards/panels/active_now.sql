-- Jobs that run now, those without a sign of life too.
SELECT IN_RUN() + COUNTED_IN('stalled') AS active
FROM (ROLLED_UP_STATES()) counted
