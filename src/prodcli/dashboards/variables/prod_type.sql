-- The production types of the site.
SELECT DISTINCT production_type FROM production_dsttypes ORDER BY 1 DESC
