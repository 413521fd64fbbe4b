-- The states of services that jobs need, now.
SELECT DISTINCT ON (s.service) s.service, s.state, s.since, s.until, s.note
FROM production_service_states s
WHERE s.since <= now() AND (s.until IS NULL OR s.until > now())
ORDER BY s.service, s.since DESC, s.id DESC
