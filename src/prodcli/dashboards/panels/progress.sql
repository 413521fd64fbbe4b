-- Jobs by tag, dsttype and dataset, now. The note of a campaign shows when the mouse is over its tag.
SELECT c.tag, c.dsttype, c.dataset, CAST(SUM(c.n) AS bigint) AS jobs, PERCENT_DONE() AS done_percent, EACH_STATE(),
    100.0 * COUNTED_IN('failed') / NULLIF(COUNTED_IN('finished') + COUNTED_IN('failed'), 0) AS failed_percent,
    COALESCE(o.display_name, '') AS campaign, COALESCE(o.notes, '') AS notes
FROM (ROLLED_UP_STATES()) c
LEFT JOIN production_overview o ON o.tag = c.tag AND o.production_type = ${prod_type:sqlstring}
GROUP BY c.tag, c.dsttype, c.dataset, o.priority, o.display_name, o.notes HAVING SUM(c.n) <> 0
ORDER BY o.priority, c.tag, c.dsttype, c.dataset
