-- Jobs of the chosen tags by state, now.
SELECT EACH_STATE()
FROM (ROLLED_UP_STATES()) counted
