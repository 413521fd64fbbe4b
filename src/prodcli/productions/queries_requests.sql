-- name: request_of_tag
-- Was a tag requested, by whom, and is the request approved?
SELECT r.state, r.requester FROM production_requests r WHERE r.tag = CAST(:tag AS text);
