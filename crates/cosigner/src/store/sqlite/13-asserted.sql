-- Whether the passkey that confirmed a claim may be backed up, as it said there.
ALTER TABLE claims ADD COLUMN backup_eligible INTEGER CHECK (backup_eligible IN (0, 1));
