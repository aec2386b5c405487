BEGIN;

DROP INDEX reading_document;
ALTER TABLE account DROP COLUMN surface;

DELETE FROM schema_version WHERE version = 4;

COMMIT;
