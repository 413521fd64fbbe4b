-- What people announce now.
SELECT a.text, a.author, a.made, a.until
FROM production_announcements a
WHERE a.until IS NULL OR a.until > now()
ORDER BY a.id
