-- Campaigns have a priority. `db upgrade` then makes production_overview anew, with the production types of the site profile.
-- step
UPDATE production_overview SET priority = 0 WHERE priority IS NULL
