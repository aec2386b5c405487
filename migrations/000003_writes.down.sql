BEGIN;

DROP POLICY by_project ON project;
CREATE POLICY by_project ON project FOR SELECT TO anyam_app
  USING (CASE WHEN (SELECT anyam_account()) IS NOT NULL THEN id IN (SELECT project FROM coder WHERE account = (SELECT anyam_account())) ELSE id = (SELECT anyam_project()) END);
DROP FUNCTION anyam_mine(bigint);
ALTER TABLE entry ADD CONSTRAINT entry_project_fkey FOREIGN KEY (project) REFERENCES project;
DROP FUNCTION anyam_advance(bigint, bigint, bigint, bigint, timestamptz);

DELETE FROM schema_version WHERE version = 3;

COMMIT;
