BEGIN;

DROP FUNCTION anyam_listed();

DELETE FROM schema_version WHERE version = 2;

COMMIT;
