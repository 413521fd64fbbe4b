-- The notes of the chosen campaigns, where they start, as tooltips of the trends.
SELECT o.started_at AS time, o.expected_end AS timeend, COALESCE(NULLIF(o.display_name, ''), o.tag) || ': ' || o.notes AS text, o.tag AS tags
FROM production_overview o
WHERE o.tag = ANY(CAST(ARRAY[${tag:sqlstring}] AS text[])) AND o.production_type = ${prod_type:sqlstring}
  AND o.notes <> '' AND $__timeFilter(o.started_at)
ORDER BY 1
