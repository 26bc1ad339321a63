-- Keys that sign proofs of ownership. One signs; those before it stay, without their secret, until nobody needs them any more.
CREATE TABLE proof_keys (
    number INTEGER PRIMARY KEY,
    public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 32),
    secret INTEGER REFERENCES secrets (id),
    created_at INTEGER NOT NULL,
    retired_at INTEGER,
    CHECK ((retired_at IS NULL) = (secret IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX one_proof_key_signs ON proof_keys (retired_at IS NULL) WHERE retired_at IS NULL;

CREATE TRIGGER proof_key_erased AFTER UPDATE OF secret ON proof_keys WHEN new.secret IS NULL BEGIN
    UPDATE secrets SET wrapped_key = x'', sealed = x'' WHERE id = old.secret;
END;
