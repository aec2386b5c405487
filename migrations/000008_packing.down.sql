BEGIN;

ALTER TABLE entry ALTER COLUMN body SET COMPRESSION default;

DELETE FROM schema_version WHERE version = 8;

COMMIT;
