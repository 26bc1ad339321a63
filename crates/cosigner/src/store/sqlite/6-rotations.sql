-- A claim rests on a ticket, or, as a rotation of what is claimed, on a session of the passkey that it names.
CREATE TABLE claims_and_rotations (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    browser BLOB NOT NULL CHECK (length(browser) = 32),
    transcript BLOB NOT NULL,
    ticket_key BLOB REFERENCES api_keys (id),
    ticket_nonce BLOB CHECK (length(ticket_nonce) = 16),
    ticket_expires_at INTEGER,
    claimant BLOB CHECK (length(claimant) = 32),
    rotates BLOB REFERENCES credentials (id),
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
    CHECK ((receipts IS NOT NULL) = (phase = 'committed')),
    CHECK (rotates IS NULL OR (ticket_key IS NULL AND credential_key IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO claims_and_rotations (id, browser, transcript, ticket_key, ticket_nonce, ticket_expires_at, claimant, receipt_claimant, phase,
    expires_at, pairing, credential, credential_key, sign_count, commit_request, receipts)
SELECT id, browser, transcript, ticket_key, ticket_nonce, ticket_expires_at, claimant, receipt_claimant, phase, expires_at, pairing,
    credential, credential_key, sign_count, commit_request, receipts FROM claims;
DROP TABLE claims;
ALTER TABLE claims_and_rotations RENAME TO claims;
CREATE INDEX claims_by_end ON claims (expires_at) WHERE phase <> 'committed';
