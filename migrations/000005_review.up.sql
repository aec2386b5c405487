BEGIN;

-- When evidence against a theme was looked for, in seconds since 1970, and by whom; 0: never.
ALTER TABLE node ADD COLUMN looked bigint NOT NULL DEFAULT 0, ADD COLUMN looked_by bigint NOT NULL DEFAULT 0;

-- A named version of the codebook: the project at an entry.
CREATE TABLE draft (
  project bigint NOT NULL,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  name text NOT NULL,
  text text NOT NULL,
  at_seq bigint NOT NULL,
  coder bigint NOT NULL,
  at bigint NOT NULL, -- seconds since 1970, as everywhere below
  asked json, -- coders who were asked for a review
  asked_at bigint NOT NULL,
  asked_by bigint NOT NULL,
  asked_text text NOT NULL,
  PRIMARY KEY (project, n),
  FOREIGN KEY (project, coder) REFERENCES coder (project, n)
);

CREATE TABLE concept (
  project bigint NOT NULL REFERENCES project,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  parent bigint NOT NULL, -- 0: a framework
  name text NOT NULL,
  definition text NOT NULL,
  place text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('live', 'removed')),
  PRIMARY KEY (project, n)
);

CREATE TABLE evidence (
  project bigint NOT NULL,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  theme bigint NOT NULL,
  coding bigint NOT NULL,
  against boolean NOT NULL,
  place text COLLATE "C" NOT NULL,
  why text NOT NULL,
  coder bigint NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (project, n),
  FOREIGN KEY (project, theme) REFERENCES node (project, n),
  FOREIGN KEY (project, coding) REFERENCES coding (project, n),
  FOREIGN KEY (project, coder) REFERENCES coder (project, n)
);
CREATE INDEX evidence_coding ON evidence (project, coding);

CREATE TABLE tie (
  project bigint NOT NULL,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  theme bigint NOT NULL,
  concept bigint NOT NULL,
  why text NOT NULL,
  coder bigint NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (project, n),
  FOREIGN KEY (project, theme) REFERENCES node (project, n),
  FOREIGN KEY (project, concept) REFERENCES concept (project, n),
  FOREIGN KEY (project, coder) REFERENCES coder (project, n)
);

CREATE TABLE remark (
  project bigint NOT NULL,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  "on" bigint NOT NULL, -- a node, a coding, a draft; 0: the project
  theme bigint NOT NULL, -- under which it was made; 0: none
  under bigint NOT NULL, -- the head of its thread; 0: it is the head
  document bigint NOT NULL, -- with start and stop: the words under the coding, which may go
  start int NOT NULL,
  stop int NOT NULL,
  text text NOT NULL,
  coder bigint NOT NULL,
  at bigint NOT NULL,
  settled bigint NOT NULL, -- 0: open
  settled_by bigint NOT NULL,
  PRIMARY KEY (project, n),
  FOREIGN KEY (project, coder) REFERENCES coder (project, n)
);

CREATE TABLE judgement (
  project bigint NOT NULL,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  theme bigint NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('approved', 'changes')),
  draft bigint NOT NULL, -- 0: of none
  digest json NOT NULL,
  text text NOT NULL,
  coder bigint NOT NULL,
  at bigint NOT NULL,
  made bigint NOT NULL,
  PRIMARY KEY (project, n),
  FOREIGN KEY (project, theme) REFERENCES node (project, n),
  FOREIGN KEY (project, coder) REFERENCES coder (project, n)
);

CREATE TABLE question (
  project bigint NOT NULL,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  name text NOT NULL,
  query text NOT NULL, -- JSON, as it came
  coder bigint NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (project, n),
  FOREIGN KEY (project, coder) REFERENCES coder (project, n)
);

-- Where a node stands on the map; n is the node's number.
CREATE TABLE spot (
  project bigint NOT NULL REFERENCES project,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  x int NOT NULL,
  y int NOT NULL,
  PRIMARY KEY (project, n)
);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['draft', 'concept', 'evidence', 'tie', 'remark', 'judgement', 'question', 'spot'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY by_project ON %I TO anyam_app USING (project = (SELECT anyam_project()))', t);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO anyam_app', t);
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION anyam_delete_project(p bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
DECLARE t text;
BEGIN
  PERFORM 1 FROM project WHERE id = p FOR UPDATE;
  FOREACH t IN ARRAY ARRAY['spot', 'question', 'judgement', 'remark', 'tie', 'evidence', 'concept', 'draft',
    'access', 'pin', 'reading', 'snapshot', 'memo', 'coding', 'turn', 'text', 'file', 'node', 'document', 'case', 'attribute', 'coder', 'entry', 'link'] LOOP
    EXECUTE format('DELETE FROM %I WHERE project = $1', t) USING p;
  END LOOP;
  DELETE FROM project WHERE id = p;
END $$;

INSERT INTO schema_version (version) VALUES (5);

COMMIT;
