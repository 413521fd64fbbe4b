-- Rows of one database for a query on another; the marks in comments are filled by imported_tables.py.

-- name: may_write
-- May this session make temporary tables here, and is the server no replica?
SELECT CASE WHEN NOT pg_is_in_recovery() AND has_database_privilege(current_database(), 'TEMP')
                 AND (SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only') = 'off'
            THEN 1 ELSE 0 END;

-- name: columns
-- Which columns does the query have?
SELECT * FROM (/* source */) q LIMIT 0;

-- name: types
-- Of which types are the columns of the query?
SELECT /* types */ FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT * FROM (/* source */) s LIMIT 0) q ON true;

-- name: type
-- The type of one column, as a part of `types`.
CAST(pg_typeof(q./* column */) AS text);

-- name: rows
-- The rows of the query, each as JSON.
SELECT CAST(to_jsonb(q) AS text) FROM (/* source */) q;

-- name: make_table
-- Makes a temporary table of rows that come as JSON.
CREATE TEMPORARY TABLE /* name */ AS
SELECT * FROM jsonb_to_recordset(CAST(? AS jsonb)) AS r(/* definition */);

-- name: make_index
-- Makes an index over a column of a temporary table.
CREATE INDEX ON pg_temp./* name */ (/* column */);

-- name: analyze
-- Lets the planner know what a temporary table holds.
ANALYZE pg_temp./* name */;

-- name: drop_table
-- Drops a temporary table, if it is there.
DROP TABLE IF EXISTS pg_temp./* name */;

-- name: table
-- A table of a WITH clause whose rows come as JSON.
/* name */ AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST(? AS jsonb)) AS r(/* definition */));
