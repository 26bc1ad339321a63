-- What browsers sealed: of the live epoch, or of a claim that is confirmed.
CREATE TABLE copies (
    wallet BLOB NOT NULL REFERENCES wallets (id),
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    sealed BLOB NOT NULL,
    PRIMARY KEY (wallet, epoch)
) STRICT, WITHOUT ROWID;

-- When each epoch ended: it outlives the epoch's share.
CREATE TABLE retired_epochs (
    wallet BLOB NOT NULL REFERENCES wallets (id),
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    committed_at INTEGER NOT NULL,
    PRIMARY KEY (wallet, epoch)
) STRICT, WITHOUT ROWID;
INSERT INTO retired_epochs (wallet, epoch, committed_at)
    SELECT id, epoch - 1, claimed_at FROM wallets WHERE claimed_at IS NOT NULL;

CREATE INDEX wallets_by_credential ON wallets (credential) WHERE credential IS NOT NULL;
