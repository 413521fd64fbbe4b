-- name: has_harvests
-- Is there a table of harvests that this session may read?
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'production_harvest';

-- name: has_signs
-- Is there a table of signs of life that this session may read?
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'production_signs';
