-- Which passkeys open a wallet. `wallets.credential` stays the one that it was claimed with.
CREATE TABLE passkeys (
    wallet BLOB NOT NULL REFERENCES wallets (id),
    credential BLOB NOT NULL REFERENCES credentials (id),
    PRIMARY KEY (wallet, credential)
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_by_credential ON passkeys (credential, wallet);
INSERT INTO passkeys SELECT id, credential FROM wallets WHERE credential IS NOT NULL;
ALTER TABLE wallets ADD COLUMN passkeys_revision INTEGER NOT NULL DEFAULT 0;
DROP INDEX wallets_by_credential;

-- What shares are sealed to. Nobody can say what that is for a passkey of an earlier build: nothing can be sealed to zeros.
ALTER TABLE credentials ADD COLUMN key BLOB NOT NULL DEFAULT (x'0000000000000000000000000000000000000000000000000000000000000000')
    CHECK (length(key) = 32);
ALTER TABLE credentials ADD COLUMN name BLOB NOT NULL DEFAULT (x'');
ALTER TABLE credentials ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;

ALTER TABLE claims ADD COLUMN recipient BLOB CHECK (recipient IS NULL OR length(recipient) = 32);
ALTER TABLE claims ADD COLUMN passkey_name BLOB;

CREATE INDEX pairings_by_owner ON pairings (owner) WHERE burnt_at IS NULL;
