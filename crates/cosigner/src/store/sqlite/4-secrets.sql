-- Wrapped keys and ciphertexts, apart from what they belong to. Where a B-tree moves its rows from page to page it leaves copies behind
-- that no deletion reaches. These rows never move: they are added at the end, and emptied where they are instead of deleted.
CREATE TABLE secrets (
    id INTEGER PRIMARY KEY,
    wrapped_key BLOB NOT NULL,
    sealed BLOB NOT NULL
) STRICT;
-- A pairing is looked for until its table is there again.
PRAGMA defer_foreign_keys = true;

ALTER TABLE shares RENAME TO earlier_shares;
DROP INDEX one_active_share;
DROP INDEX one_pending_share;
DROP INDEX retired_shares;
DROP INDEX shares_by_claim;
CREATE TABLE shares (
    wallet BLOB NOT NULL REFERENCES wallets (id),
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    state TEXT NOT NULL CHECK (state IN ('active', 'pending', 'retired')),
    claim BLOB CHECK (claim IS NULL OR length(claim) = 16),
    retired_at INTEGER,
    secret INTEGER NOT NULL REFERENCES secrets (id),
    PRIMARY KEY (wallet, epoch),
    CHECK ((state = 'retired') = (retired_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_active_share ON shares (wallet) WHERE state = 'active';
CREATE UNIQUE INDEX one_pending_share ON shares (wallet) WHERE state = 'pending';
CREATE INDEX retired_shares ON shares (retired_at) WHERE state = 'retired';
CREATE INDEX shares_by_claim ON shares (claim) WHERE claim IS NOT NULL;
INSERT INTO secrets SELECT row_number() OVER (ORDER BY wallet, epoch), wrapped_key, sealed FROM earlier_shares;
INSERT INTO shares SELECT wallet, epoch, state, claim, retired_at, row_number() OVER (ORDER BY wallet, epoch)
    FROM earlier_shares;
DROP TABLE earlier_shares;

ALTER TABLE copies RENAME TO earlier_copies;
CREATE TABLE copies (
    wallet BLOB NOT NULL REFERENCES wallets (id),
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    secret INTEGER NOT NULL REFERENCES secrets (id),
    PRIMARY KEY (wallet, epoch)
) STRICT, WITHOUT ROWID;
INSERT INTO copies SELECT wallet, epoch, row_number() OVER (ORDER BY wallet, epoch) + (SELECT count(*) FROM secrets)
    FROM earlier_copies;
INSERT INTO secrets (wrapped_key, sealed) SELECT x'', sealed FROM earlier_copies ORDER BY wallet, epoch;
DROP TABLE earlier_copies;

CREATE TABLE earlier_pairings AS SELECT * FROM pairings ORDER BY burnt_at IS NOT NULL, id;
DROP TABLE pairings;
CREATE TABLE pairings (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    owner_kind TEXT NOT NULL CHECK (owner_kind IN ('api_key', 'claim', 'credential')),
    owner BLOB NOT NULL,
    secret INTEGER REFERENCES secrets (id),
    created_at INTEGER NOT NULL,
    burnt_at INTEGER,
    CHECK ((burnt_at IS NULL) = (secret IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO pairings SELECT id, owner_kind, owner,
    CASE WHEN burnt_at IS NULL THEN rowid + (SELECT count(*) FROM secrets) END, created_at, burnt_at FROM earlier_pairings;
INSERT INTO secrets (wrapped_key, sealed)
    SELECT wrapped_key, sealed FROM earlier_pairings WHERE burnt_at IS NULL ORDER BY rowid;
DROP TABLE earlier_pairings;

-- Whatever lets go of a secret empties it.
CREATE TRIGGER share_erased AFTER DELETE ON shares BEGIN
    UPDATE secrets SET wrapped_key = x'', sealed = x'' WHERE id = old.secret;
END;
CREATE TRIGGER copy_erased AFTER DELETE ON copies BEGIN
    UPDATE secrets SET wrapped_key = x'', sealed = x'' WHERE id = old.secret;
END;
CREATE TRIGGER pairing_erased AFTER UPDATE OF secret ON pairings WHEN new.secret IS NULL BEGIN
    UPDATE secrets SET wrapped_key = x'', sealed = x'' WHERE id = old.secret;
END;
