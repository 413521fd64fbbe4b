-- Requests of campaigns: what somebody wants made, and who has approved it, with which priority.
-- step
CREATE TABLE IF NOT EXISTS production_requests (
    tag text PRIMARY KEY, dataset text NOT NULL, dsttypes text NOT NULL, runs text NOT NULL, requester text NOT NULL,
    contact text NOT NULL, purpose text NOT NULL, form text NOT NULL, made text NOT NULL, author text NOT NULL,
    state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'approved')), priority integer, approved text,
    approver text)
