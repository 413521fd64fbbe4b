-- name: campaign_rows
-- Which campaigns are there, and what have curators said of them?
SELECT o.tag, o.production_type, COALESCE(o.display_name, '') AS display_name, COALESCE(o.priority, 0) AS priority,
    CASE WHEN o.active THEN 1 ELSE 0 END AS active, EPOCH(o.started_at) AS started_at, EPOCH(o.expected_end) AS expected_end,
    COALESCE(o.notes, '') AS note, EPOCH(o.registered_at) AS registered_at
FROM production_overview o
ORDER BY 5 DESC, 4, o.tag, o.production_type;

-- name: change_campaigns
-- Writes what curators say of campaigns.
UPDATE production_overview AS o SET display_name = NULLIF(r.display_name, ''), priority = r.priority, active = (r.active = 1),
    started_at = AT(r.started_at), expected_end = AT(r.expected_end), notes = NULLIF(r.note, '')
FROM RECORDS(:rows) AS r(tag text, production_type text, display_name text, priority int, active int, started_at bigint,
    expected_end bigint, note text)
WHERE o.tag = r.tag AND o.production_type = r.production_type;

-- name: unknown_dsttype_rows
-- Which dsttypes have no production type, since when and with which tag first, and how many jobs do they have?
SELECT u.dsttype, u.tag, EPOCH(u.first_seen) AS first_seen, COALESCE(c.jobs, 0) AS jobs
FROM production_unknown_dsttypes u
LEFT JOIN (SELECT dsttype, CAST(SUM(n) AS bigint) AS jobs FROM
           (SELECT dsttype, n FROM production_rollup UNION ALL SELECT dsttype, n FROM production_rollup_delta) counted
           GROUP BY 1) c ON c.dsttype = u.dsttype
ORDER BY first_seen DESC, u.dsttype;
