-- Of the writer's connection alone, in memory: what the high-water mark is told.

-- What is owed to the mark. A change that is undone takes back what it owed.
CREATE TEMP TABLE owed (
    kind TEXT NOT NULL,
    name BLOB NOT NULL,
    number INTEGER NOT NULL,
    copy INTEGER NOT NULL
) STRICT;

CREATE TEMP TRIGGER epoch_reached AFTER UPDATE OF epoch ON wallets WHEN new.epoch > old.epoch BEGIN
    INSERT INTO owed VALUES ('epoch', new.id, new.epoch, 0);
END;
-- An older copy would let in a passkey that was removed.
CREATE TEMP TRIGGER passkeys_changed AFTER UPDATE OF passkeys_revision ON wallets
    WHEN new.passkeys_revision > old.passkeys_revision BEGIN
    INSERT INTO owed VALUES ('passkeys', new.id, new.passkeys_revision, 0);
END;
CREATE TEMP TRIGGER pairing_burnt AFTER UPDATE OF burnt_at ON pairings
    WHEN old.burnt_at IS NULL AND new.burnt_at IS NOT NULL BEGIN
    INSERT INTO owed VALUES ('burnt', new.id, 0, 0);
END;
CREATE TEMP TRIGGER api_key_revoked AFTER UPDATE OF revoked_at ON api_keys
    WHEN old.revoked_at IS NULL AND new.revoked_at IS NOT NULL BEGIN
    INSERT INTO owed VALUES ('revoked', new.id, 0, 0);
END;
CREATE TEMP TRIGGER check_failed AFTER INSERT ON failed_checks BEGIN
    INSERT INTO owed SELECT suspect_kind, suspect, at, count(*) FROM failed_checks
    WHERE suspect_kind = new.suspect_kind AND suspect = new.suspect AND at = new.at;
END;
-- Its browser may have thrown its shares away: no commit that is still on its way may find it in an older copy. With a pairing, the
-- burn of that says as much.
CREATE TEMP TRIGGER claim_ended AFTER DELETE ON claims WHEN old.phase = 'confirmed' AND old.pairing IS NULL BEGIN
    INSERT INTO owed VALUES ('ended', old.id, 0, 0);
END;
