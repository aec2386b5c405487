BEGIN;

-- Work that goes on without anybody waiting for it: many files, or a project of another program.
CREATE TABLE job (
  project bigint NOT NULL REFERENCES project,
  id uuid NOT NULL,          -- the change id of the form that asked for it; what it makes has ids that follow from it
  kind text NOT NULL CHECK (kind IN ('files', 'project')),
  account bigint NOT NULL REFERENCES account, -- in whose name
  name text NOT NULL,        -- of the zip, the folder or the file
  choices json NOT NULL,     -- what was chosen for all
  state text NOT NULL CHECK (state IN ('arriving', 'waiting', 'running', 'done', 'cancelled', 'stopped')),
  why text NOT NULL,         -- key of the sentence that says why it stopped
  done bigint NOT NULL,      -- steps done, and
  steps bigint NOT NULL,     -- of how many
  present text NOT NULL,     -- what is being worked on
  report json,               -- of a project: what became of it
  runner text NOT NULL,      -- the process at work on it
  beat timestamptz NOT NULL, -- when that was last heard of
  made timestamptz NOT NULL,
  ended timestamptz,
  PRIMARY KEY (project, id)
);

CREATE TABLE job_file (
  project bigint NOT NULL,
  job uuid NOT NULL,
  n bigint NOT NULL,         -- from 1, in the order of the names
  name text NOT NULL,        -- with the folders it was in
  sum bytea,                 -- null: its bytes were not kept
  size bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'added', 'there', 'refused')),
  document bigint NOT NULL,  -- that it became, or that was there; 0: none
  twice bigint NOT NULL,     -- the number of the file with the same bytes; 0: none
  why text NOT NULL,         -- key of the sentence that says why it was refused
  args json,                 -- of that sentence
  told json,                -- what was left out or changed
  PRIMARY KEY (project, job, n),
  FOREIGN KEY (project, job) REFERENCES job (project, id) ON DELETE CASCADE
);
CREATE INDEX job_file_sum ON job_file (project, sum);

ALTER TABLE job ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_project ON job TO anyam_app USING (project = (SELECT anyam_project()));
GRANT SELECT, INSERT, UPDATE, DELETE ON job TO anyam_app;
ALTER TABLE job_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_project ON job_file TO anyam_app USING (project = (SELECT anyam_project()));
GRANT SELECT, INSERT, UPDATE, DELETE ON job_file TO anyam_app;

CREATE OR REPLACE FUNCTION anyam_delete_project(p bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
DECLARE t text;
BEGIN
  PERFORM 1 FROM project WHERE id = p FOR UPDATE;
  FOREACH t IN ARRAY ARRAY['job_file', 'job', 'visit', 'spot', 'question', 'judgement', 'remark', 'tie', 'evidence', 'concept', 'draft',
    'access', 'pin', 'reading', 'snapshot', 'memo', 'coding', 'turn', 'text', 'file', 'node', 'document', 'case', 'attribute', 'coder', 'entry', 'link'] LOOP
    EXECUTE format('DELETE FROM %I WHERE project = $1', t) USING p;
  END LOOP;
  DELETE FROM project WHERE id = p;
END $$;

CREATE OR REPLACE FUNCTION anyam_sweep(t timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
DECLARE n bigint; p bigint;
BEGIN
  DELETE FROM session WHERE seen < t - interval '8 hours' OR made < t - interval '7 days';
  DELETE FROM link WHERE until < t - interval '30 days';
  DELETE FROM bucket WHERE at < t - interval '1 day';
  DELETE FROM file f WHERE f.at < t - interval '7 days'
    AND NOT EXISTS (SELECT FROM document d WHERE d.project = f.project AND d.file = encode(f.sum, 'hex'))
    AND NOT EXISTS (SELECT FROM entry e WHERE e.project = f.project AND e.kind = 'DocumentAdded' AND e.body::json #>> '{do,file}' = encode(f.sum, 'hex'));
  GET DIAGNOSTICS n = ROW_COUNT;
  -- A project of another program that was looked into and never begun.
  FOR p IN SELECT j.project FROM job j WHERE j.kind = 'project' AND j.state = 'arriving' AND j.made < t - interval '7 days'
    AND NOT EXISTS (SELECT FROM entry e WHERE e.project = j.project) LOOP
    PERFORM anyam_delete_project(p);
  END LOOP;
  RETURN n;
END $$;

INSERT INTO schema_version (version) VALUES (7);

COMMIT;
