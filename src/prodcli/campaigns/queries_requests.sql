-- name: campaign_requests
-- Which campaigns were requested, by whom, and who approved which? Those that wait come first, the oldest of them at the top.
SELECT r.tag, r.dataset, r.dsttypes, r.runs, r.requester, r.contact, r.purpose, r.form, EPOCH(r.made) AS made, r.author, r.state,
    r.priority, EPOCH(r.approved) AS approved, r.approver
FROM production_requests r
ORDER BY CASE r.state WHEN 'requested' THEN 0 ELSE 1 END, r.priority, 9, r.tag;

-- name: request_campaign
-- Writes a request, in the place of one of the same tag that is not approved.
INSERT INTO production_requests (tag, dataset, dsttypes, runs, requester, contact, purpose, form, made, author)
VALUES (CAST(:tag AS text), CAST(:dataset AS text), CAST(:dsttypes AS text), CAST(:runs AS text), CAST(:requester AS text),
    CAST(:contact AS text), CAST(:purpose AS text), CAST(:form AS text), NOW(), CAST(:author AS text))
ON CONFLICT (tag) DO UPDATE SET dataset = excluded.dataset, dsttypes = excluded.dsttypes, runs = excluded.runs,
    requester = excluded.requester, contact = excluded.contact, purpose = excluded.purpose, form = excluded.form,
    made = excluded.made, author = excluded.author
WHERE production_requests.state = 'requested';

-- name: approve_request
-- Approves the request of a tag, or gives an approved one another priority.
UPDATE production_requests
SET state = 'approved', priority = CAST(:priority AS int), approved = NOW(), approver = CAST(:approver AS text)
WHERE tag = CAST(:tag AS text);

-- name: set_requested_priority
-- Gives the campaigns of a tag a priority.
UPDATE production_overview SET priority = CAST(:priority AS int) WHERE tag = CAST(:tag AS text);

-- name: add_requested_campaigns
-- Registers the campaigns of a tag that have no job yet, by the production types of dsttypes, with a priority.
INSERT INTO production_overview (tag, production_type, priority)
SELECT DISTINCT CAST(:tag AS text), t.production_type, CAST(:priority AS int)
FROM production_dsttypes t JOIN RECORDS(:dsttypes) AS d(name text) ON OF_DSTTYPE(d.name, t.prefix)
WHERE NOT EXISTS (SELECT 1 FROM production_overview o WHERE o.tag = CAST(:tag AS text) AND o.production_type = t.production_type);
