BEGIN;

-- When an account was last in a project: what it had seen when the visit before ended, and what it has seen by now.
CREATE TABLE visit (
  project bigint NOT NULL REFERENCES project,
  account bigint NOT NULL REFERENCES account,
  since bigint NOT NULL,    -- the newest entry there was when the visit before ended
  since_at timestamptz,     -- when that was; null: this is the first
  seq bigint NOT NULL,      -- the newest entry that was there at the last look
  at timestamptz NOT NULL,  -- of the last look
  PRIMARY KEY (project, account)
);

ALTER TABLE visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_project ON visit TO anyam_app USING (project = (SELECT anyam_project()));
GRANT SELECT, INSERT, UPDATE, DELETE ON visit TO anyam_app;

CREATE OR REPLACE FUNCTION anyam_delete_project(p bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
DECLARE t text;
BEGIN
  PERFORM 1 FROM project WHERE id = p FOR UPDATE;
  FOREACH t IN ARRAY ARRAY['visit', 'spot', 'question', 'judgement', 'remark', 'tie', 'evidence', 'concept', 'draft',
    'access', 'pin', 'reading', 'snapshot', 'memo', 'coding', 'turn', 'text', 'file', 'node', 'document', 'case', 'attribute', 'coder', 'entry', 'link'] LOOP
    EXECUTE format('DELETE FROM %I WHERE project = $1', t) USING p;
  END LOOP;
  DELETE FROM project WHERE id = p;
END $$;

INSERT INTO schema_version (version) VALUES (6);

COMMIT;
