-- Rows of one database for a query on another; the marks in comments are filled by imported_tables.py.

-- name: may_write
SELECT CASE WHEN NOT pg_is_in_recovery() AND has_database_privilege(current_database(), 'TEMP')
                 AND (SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only') = 'off'
            THEN 1 ELSE 0 END;

-- name: columns
SELECT * FROM (/* source */) q LIMIT 0;

-- name: types
SELECT /* types */ FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT * FROM (/* source */) s LIMIT 0) q ON true;

-- name: type
CAST(pg_typeof(q./* column */) AS text);

-- name: rows
SELECT CAST(to_jsonb(q) AS text) FROM (/* source */) q;

-- name: make_table
CREATE TEMPORARY TABLE /* name */ AS
SELECT * FROM jsonb_to_recordset(CAST(? AS jsonb)) AS r(/* definition */);

-- name: make_index
CREATE INDEX ON pg_temp./* name */ (/* column */);

-- name: analyze
ANALYZE pg_temp./* name */;

-- name: drop_table
DROP TABLE IF EXISTS pg_temp./* name */;

-- name: table
/* name */ AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(CAST(? AS jsonb)) AS r(/* definition */));
