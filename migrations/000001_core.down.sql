BEGIN;

DROP TABLE access, pin, reading, snapshot, memo, coding, turn, text, file, node, document, "case", attribute, coder, entry, link, project, bucket, session, account CASCADE;
DROP FUNCTION anyam_make_project(uuid, timestamptz);
DROP FUNCTION anyam_projects();
DROP FUNCTION anyam_heads(bigint[]);
DROP FUNCTION anyam_ownerless();
DROP FUNCTION anyam_delete_project(bigint);
DROP FUNCTION anyam_sweep(timestamptz);
DROP FUNCTION anyam_project();
DROP FUNCTION anyam_account();
REVOKE USAGE ON SCHEMA public FROM anyam_app; -- the role stays: it belongs to the cluster

DELETE FROM schema_version WHERE version = 1;

COMMIT;
