-- Rows of one database for a query on another; the marks in comments are filled by imported_tables.py.

-- name: rows
-- The rows of the query.
SELECT * FROM (/* source */) q;

-- name: table
-- A table of a WITH clause whose rows come as JSON.
/* name */ AS (SELECT /* definition */ FROM json_each(?));

-- name: column
-- One column of such a table, as a part of `table`.
json_extract(value, '$./* column */') AS /* column */;
