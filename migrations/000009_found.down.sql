BEGIN;

ALTER TABLE file DROP COLUMN turns, DROP COLUMN speakers;

DELETE FROM schema_version WHERE version = 9;

COMMIT;
