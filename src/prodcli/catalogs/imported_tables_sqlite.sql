-- Rows of one database for a query on another; the marks in comments are filled by imported_tables.py.

-- name: rows
SELECT * FROM (/* source */) q;

-- name: table
/* name */ AS (SELECT /* definition */ FROM json_each(?));

-- name: column
json_extract(value, '$./* column */') AS /* column */;
