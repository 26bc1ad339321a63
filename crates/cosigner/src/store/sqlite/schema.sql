CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    id BLOB PRIMARY KEY CHECK (length(id) = 8),
    name TEXT NOT NULL,
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    ticket_key BLOB NOT NULL CHECK (length(ticket_key) = 32),
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    id BLOB PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 1023),
    public_key BLOB NOT NULL,
    sign_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE wallets (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    type TEXT NOT NULL,
    scheme INTEGER NOT NULL,
    public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 33),
    imported INTEGER NOT NULL CHECK (imported IN (0, 1)),
    claimant BLOB NOT NULL CHECK (length(claimant) = 32),
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    created_at INTEGER NOT NULL,
    claimed_at INTEGER,
    credential BLOB REFERENCES credentials (id),
    exported_at INTEGER,
    CHECK ((claimed_at IS NULL) = (credential IS NULL)),
    CHECK (exported_at IS NULL OR credential IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX wallets_by_claimant ON wallets (claimant, created_at);

CREATE TABLE shares (
    wallet BLOB NOT NULL REFERENCES wallets (id),
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    state TEXT NOT NULL CHECK (state IN ('active', 'pending', 'retired')),
    claim BLOB CHECK (claim IS NULL OR length(claim) = 16),
    retired_at INTEGER,
    wrapped_key BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (wallet, epoch),
    CHECK ((state = 'retired') = (retired_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_active_share ON shares (wallet) WHERE state = 'active';
CREATE UNIQUE INDEX one_pending_share ON shares (wallet) WHERE state = 'pending';
CREATE INDEX retired_shares ON shares (retired_at) WHERE state = 'retired';
CREATE INDEX shares_by_claim ON shares (claim) WHERE claim IS NOT NULL;

CREATE TABLE pairings (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    owner_kind TEXT NOT NULL CHECK (owner_kind IN ('api_key', 'claim', 'credential')),
    owner BLOB NOT NULL,
    wrapped_key BLOB,
    sealed BLOB,
    created_at INTEGER NOT NULL,
    burnt_at INTEGER,
    CHECK ((burnt_at IS NULL) = (sealed IS NOT NULL)),
    CHECK ((sealed IS NULL) = (wrapped_key IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    browser BLOB NOT NULL CHECK (length(browser) = 32),
    transcript BLOB NOT NULL,
    ticket_key BLOB NOT NULL REFERENCES api_keys (id),
    ticket_nonce BLOB NOT NULL CHECK (length(ticket_nonce) = 16),
    ticket_expires_at INTEGER NOT NULL,
    claimant BLOB NOT NULL CHECK (length(claimant) = 32),
    receipt_claimant BLOB NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('prepared', 'confirmed', 'committed')),
    expires_at INTEGER NOT NULL,
    pairing BLOB REFERENCES pairings (id),
    credential BLOB,
    credential_key BLOB,
    sign_count INTEGER,
    commit_request BLOB CHECK (commit_request IS NULL OR length(commit_request) = 32),
    receipts BLOB,
    CHECK ((credential IS NULL) = (phase = 'prepared')),
    CHECK ((receipts IS NOT NULL) = (phase = 'committed'))
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_by_end ON claims (expires_at) WHERE phase <> 'committed';

CREATE TABLE spent_tickets (
    api_key BLOB NOT NULL,
    nonce BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (api_key, nonce)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    key BLOB PRIMARY KEY CHECK (length(key) = 32),
    credential BLOB NOT NULL REFERENCES credentials (id),
    wallets BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE answers (
    request BLOB PRIMARY KEY CHECK (length(request) = 32),
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_end ON answers (expires_at);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    wallet BLOB,
    event TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_wallet ON audit (wallet, seq) WHERE wallet IS NOT NULL;

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
