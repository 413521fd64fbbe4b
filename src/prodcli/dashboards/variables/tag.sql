-- The active tags of the production type, those of the least priority number first.
SELECT o.tag AS __value, COALESCE(NULLIF(o.display_name, ''), o.tag) AS __text
FROM production_overview o
WHERE o.active AND o.production_type = ${prod_type:sqlstring}
ORDER BY o.priority NULLS LAST, o.tag
