-- How many epochs have begun by a commit, of whichever wallet. Pairings and epochs are told apart by it: by no clock.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL CHECK (value >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('commits', 1);

-- What the counter said when the pairing was begun.
ALTER TABLE pairings ADD COLUMN commits INTEGER NOT NULL DEFAULT 0 CHECK (commits >= 0);
-- What it says since the commit of the live epoch, and the pairing that this commit's claim made: older ones do not serve the wallet.
ALTER TABLE wallets ADD COLUMN paired_since INTEGER NOT NULL DEFAULT 0 CHECK (paired_since >= 0);
ALTER TABLE wallets ADD COLUMN epoch_pairing BLOB REFERENCES pairings (id);
UPDATE wallets SET paired_since = 1, epoch_pairing = (SELECT claims.pairing FROM shares JOIN claims ON claims.id = shares.claim
    WHERE shares.wallet = wallets.id AND shares.state = 'active')
    WHERE id IN (SELECT wallet FROM retired_epochs);
