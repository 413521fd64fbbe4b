-- Dsttypes that belong to no production type.
SELECT u.dsttype, u.tag, 1 AS value
FROM production_unknown_dsttypes u
ORDER BY u.dsttype
