-- name: has_harvests
-- Is there a table of harvests that this session may read?
SELECT 1 WHERE has_table_privilege(to_regclass('production_harvest'), 'SELECT');

-- name: has_signs
-- Is there a table of signs of life that this session may read?
SELECT 1 WHERE has_table_privilege(to_regclass('production_signs'), 'SELECT');
