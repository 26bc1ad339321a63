-- The name by which the high-water mark knows this database.
INSERT INTO meta (name, value) VALUES ('high_water_id', randomblob(16));

-- From here on suspects are named by a hash of what they are: what was counted before is forgotten, once.
DELETE FROM failed_checks;
