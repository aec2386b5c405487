BEGIN;

-- What reading a file found when it was uploaded, for the list of those that wait to be added. Null: it came another way. A table has no turns.
ALTER TABLE file ADD COLUMN turns bigint, ADD COLUMN speakers bigint;

INSERT INTO schema_version (version) VALUES (9);

COMMIT;
