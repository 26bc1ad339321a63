-- What the refresh of each wallet of a claim proved: receipts have it. A claim of an earlier build that was not committed has none, and can't be.
ALTER TABLE claims ADD COLUMN evidence BLOB NOT NULL DEFAULT (x'');
