CREATE TABLE queries (
    pairing BLOB PRIMARY KEY REFERENCES pairings (id),
    process BLOB NOT NULL CHECK (length(process) = 16)
) STRICT, WITHOUT ROWID;

CREATE TABLE failed_checks (
    seq INTEGER PRIMARY KEY,
    suspect_kind TEXT NOT NULL CHECK (suspect_kind IN ('api_key', 'credential', 'wallet')),
    suspect BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX failed_checks_by_suspect ON failed_checks (suspect_kind, suspect, at);
CREATE INDEX failed_checks_by_time ON failed_checks (at);
