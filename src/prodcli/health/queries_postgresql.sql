-- name: rights_on_tables
-- What may the role of the session do to each of these tables that are there?
SELECT CAST(current_user AS text) AS role, t.name,
       CAST(has_table_privilege(to_regclass(t.name), 'SELECT') AS int) AS may_read,
       CAST(has_table_privilege(to_regclass(t.name), 'INSERT') AS int) AS may_add
FROM RECORDS(:tables) AS t(name text) WHERE to_regclass(t.name) IS NOT NULL ORDER BY t.name;

-- name: indexed_columns
-- Which columns does each complete index of a table have, in their order, with commas?
-- A table without an index has one row without columns, a view has none.
SELECT CAST(string_agg(a.attname, ',' ORDER BY k.place) AS text) AS columns
FROM pg_class c
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL
LEFT JOIN LATERAL unnest(CAST(i.indkey AS int[])) WITH ORDINALITY AS k(number, place) ON true
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
WHERE c.oid = to_regclass(CAST(:table_name AS text)) AND c.relkind IN ('r', 'p', 'm')
GROUP BY i.indexrelid;

-- name: grant_to_read
-- What does the owner of these tables type, so that the role of the session may read them?
SELECT format('GRANT SELECT ON %s TO %I', string_agg(quote_ident(t.name), ', ' ORDER BY t.name), current_user) AS statement
FROM RECORDS(:tables) AS t(name text);

-- name: index_to_make
-- What does the owner of a table type, so that the table gets an index of these columns?
SELECT format('CREATE INDEX CONCURRENTLY %I ON %I (%s)', CAST(:table_name AS text) || '_' || string_agg(c.name, '_' ORDER BY c.place),
              CAST(:table_name AS text), string_agg(quote_ident(c.name), ', ' ORDER BY c.place)) AS statement
FROM RECORDS(:columns) AS c(name text, place int);
