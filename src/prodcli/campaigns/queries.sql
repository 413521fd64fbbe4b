-- name: campaign_rows
-- Which campaigns are there, and what have curators said of them?
SELECT o.tag, o.production_type, COALESCE(o.display_name, '') AS display_name, COALESCE(o.priority, 0) AS priority,
    CASE WHEN o.active THEN 1 ELSE 0 END AS active, EPOCH(o.started_at) AS started_at, EPOCH(o.expected_end) AS expected_end,
    COALESCE(o.notes, '') AS note, EPOCH(o.registered_at) AS registered_at
FROM production_overview o
ORDER BY 5 DESC, 4, o.tag, o.production_type;
