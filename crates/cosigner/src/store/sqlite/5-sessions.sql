-- Sessions of builds before this have no key that their requests could be signed by: they end here.
DROP TABLE sessions;
CREATE TABLE sessions (
    key BLOB PRIMARY KEY CHECK (length(key) = 32),
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    request_key BLOB NOT NULL CHECK (length(request_key) = 65),
    credential BLOB NOT NULL REFERENCES credentials (id),
    wallets BLOB NOT NULL,
    device BLOB NOT NULL,
    began_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    refreshed INTEGER NOT NULL CHECK (refreshed >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Which sessions have a wallet.
CREATE TABLE session_wallets (
    wallet BLOB NOT NULL REFERENCES wallets (id),
    session BLOB NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
    PRIMARY KEY (wallet, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_wallets_by_session ON session_wallets (session);
