-- An API key may come to an end, and says when it was used last, to the minute.
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
ALTER TABLE api_keys ADD COLUMN used_at INTEGER;

-- Nothing is done with a frozen wallet until it is thawed.
ALTER TABLE wallets ADD COLUMN frozen_at INTEGER;

-- The API key that an event was done with, where it was one.
ALTER TABLE audit ADD COLUMN api_key BLOB CHECK (api_key IS NULL OR length(api_key) = 8);

-- Whether a passkey may be backed up, as its authenticator said when it opened a session first.
ALTER TABLE credentials ADD COLUMN backup_eligible INTEGER CHECK (backup_eligible IN (0, 1));

-- Of a passkey's sessions the newest are kept.
CREATE INDEX sessions_by_credential ON sessions (credential, used_at);
