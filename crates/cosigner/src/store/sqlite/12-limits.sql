-- The sweep of each minute looks for tickets that have ended, and for sessions that were not used for long.
CREATE INDEX spent_tickets_by_end ON spent_tickets (expires_at);
CREATE INDEX sessions_by_use ON sessions (used_at);
