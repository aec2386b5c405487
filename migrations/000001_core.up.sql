BEGIN;

CREATE TABLE IF NOT EXISTS schema_version (version bigint PRIMARY KEY);

-- The role the program works under owns nothing and is bound by row-level security.
DO $$
BEGIN
  CREATE ROLE anyam_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- roles belong to the cluster: another database's migration made it
END $$;
DO $$
BEGIN
  EXECUTE format('GRANT anyam_app TO %I', current_user);
EXCEPTION WHEN OTHERS THEN
  IF NOT pg_has_role(current_user, 'anyam_app', 'MEMBER') THEN RAISE; END IF;
END $$;

-- Which project a transaction is about. It raises when nobody has said so: silent emptiness would hide mistakes.
CREATE FUNCTION anyam_project() RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE p text := current_setting('anyam.project', true);
BEGIN
  IF p IS NULL OR p = '' THEN
    RAISE EXCEPTION 'anyam.project is not set in this transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN p::bigint;
END $$;

CREATE FUNCTION anyam_account() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('anyam.account', true), '')::bigint
$$;

-- Outside projects -------------------------------------------------------------

CREATE TABLE account (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  name text NOT NULL,
  initials text NOT NULL,
  secret text NOT NULL,
  admin boolean NOT NULL DEFAULT false,
  language text NOT NULL DEFAULT '',
  zone text NOT NULL DEFAULT 'Asia/Makassar',
  settings json NOT NULL DEFAULT '{}',
  closed boolean NOT NULL DEFAULT false,
  made timestamptz NOT NULL
);
CREATE UNIQUE INDEX account_email ON account (lower(email));

CREATE TABLE session (
  id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  token_sum bytea PRIMARY KEY,
  account bigint NOT NULL REFERENCES account ON DELETE CASCADE,
  made timestamptz NOT NULL,
  seen timestamptz NOT NULL,
  agent text NOT NULL,
  address text NOT NULL
);
CREATE INDEX session_account ON session (account);

-- A number of attempts per key: how full the bucket is, and since when it drains.
CREATE TABLE bucket (
  key text PRIMARY KEY,
  level double precision NOT NULL,
  at timestamptz NOT NULL
);

-- Projects ---------------------------------------------------------------------

CREATE TABLE project (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  guid uuid NOT NULL UNIQUE,
  head bigint NOT NULL DEFAULT 0,
  next bigint NOT NULL DEFAULT 1,
  rev bigint NOT NULL DEFAULT 0,
  name text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  language text NOT NULL DEFAULT '',
  method text NOT NULL DEFAULT '',
  state text NOT NULL DEFAULT 'live',
  made timestamptz NOT NULL,
  touched timestamptz NOT NULL -- when its newest entry was made
);

CREATE TABLE link (
  id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  token_sum bytea PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('setup', 'invite', 'password', 'sign-in')),
  account bigint REFERENCES account ON DELETE CASCADE,
  project bigint REFERENCES project ON DELETE CASCADE,
  role text NOT NULL DEFAULT '',
  email text NOT NULL DEFAULT '',
  made_by bigint REFERENCES account ON DELETE CASCADE,
  made timestamptz NOT NULL,
  until timestamptz NOT NULL,
  used timestamptz
);
CREATE INDEX link_project ON link (project);

CREATE TABLE entry (
  project bigint NOT NULL REFERENCES project,
  seq bigint NOT NULL CHECK (seq > 0),
  change uuid NOT NULL,
  coder bigint NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  body text NOT NULL, -- JSON, kept byte for byte since the hash covers it
  salt bytea NOT NULL,
  sum bytea NOT NULL,
  hash bytea NOT NULL,
  erased bigint NOT NULL DEFAULT 0,
  CONSTRAINT entry_pkey PRIMARY KEY (project, seq),
  CONSTRAINT entry_change UNIQUE (project, change)
);
CREATE INDEX entry_coder ON entry (project, coder, seq);
CREATE INDEX entry_undone ON entry (project, seq) WHERE kind = 'Undone';

CREATE TABLE coder (
  project bigint NOT NULL REFERENCES project,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  account bigint NOT NULL, -- 0: a placeholder that cannot sign in
  name text NOT NULL,
  initials text NOT NULL,
  role text NOT NULL CHECK (role IN ('', 'owner', 'researcher', 'supervisor')),
  blind boolean NOT NULL,
  PRIMARY KEY (project, n)
);
CREATE UNIQUE INDEX coder_account ON coder (project, account) WHERE account <> 0;
CREATE INDEX coder_projects ON coder (account) WHERE account <> 0;

CREATE TABLE attribute (
  project bigint NOT NULL REFERENCES project,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  name text NOT NULL,
  of text NOT NULL CHECK (of IN ('case', 'document')),
  type text NOT NULL,
  PRIMARY KEY (project, n)
);

CREATE TABLE "case" (
  project bigint NOT NULL REFERENCES project,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  name text NOT NULL,
  "values" json,
  state text NOT NULL,
  PRIMARY KEY (project, n)
);

CREATE TABLE document (
  project bigint NOT NULL REFERENCES project,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('interview', 'observation', 'document')),
  name text NOT NULL,
  language text NOT NULL,
  held text NOT NULL,
  "case" bigint NOT NULL, -- 0: none
  "values" json,
  speakers json,
  file text NOT NULL,
  file_name text NOT NULL,
  version int NOT NULL,
  sum text NOT NULL,
  words int NOT NULL,
  chars int NOT NULL CHECK (chars BETWEEN 0 AND 3000000),
  turns int NOT NULL,
  finished json,
  state text NOT NULL,
  made bigint NOT NULL,
  PRIMARY KEY (project, n)
);

CREATE TABLE node (
  project bigint NOT NULL REFERENCES project,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('theme', 'code')),
  codable boolean NOT NULL,
  parent bigint NOT NULL, -- 0: at the top
  place text COLLATE "C" NOT NULL,
  name text NOT NULL,
  definition text NOT NULL,
  use text NOT NULL,
  avoid text NOT NULL,
  example bigint NOT NULL,
  colour smallint NOT NULL CHECK (colour BETWEEN 0 AND 12),
  claim text NOT NULL,
  scope text NOT NULL,
  boundary text NOT NULL,
  naming text NOT NULL,
  state text NOT NULL,
  "into" bigint NOT NULL,
  guid text NOT NULL,
  made bigint NOT NULL,
  PRIMARY KEY (project, n)
);

-- Contents: never changed, named in entries by their sums ------------------------

CREATE TABLE file (
  project bigint NOT NULL REFERENCES project,
  sum bytea NOT NULL,
  part int NOT NULL,
  name text NOT NULL,
  bytes bytea NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (project, sum, part)
);
ALTER TABLE file ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE text (
  project bigint NOT NULL,
  document bigint NOT NULL,
  version int NOT NULL,
  sum bytea NOT NULL,
  words bytea NOT NULL,
  PRIMARY KEY (project, document, version),
  FOREIGN KEY (project, document) REFERENCES document (project, n)
);
-- Quotes are cut out of it by byte offsets; a compressed value would be unpacked whole for each.
ALTER TABLE text ALTER COLUMN words SET STORAGE EXTERNAL;

CREATE TABLE turn (
  project bigint NOT NULL,
  document bigint NOT NULL,
  version int NOT NULL,
  turn int NOT NULL,
  start int NOT NULL,
  stop int NOT NULL,
  byte int NOT NULL,
  label text NOT NULL,
  from_ms bigint NOT NULL,
  to_ms bigint NOT NULL,
  language text NOT NULL,
  PRIMARY KEY (project, document, version, turn),
  FOREIGN KEY (project, document, version) REFERENCES text,
  CHECK (0 <= start AND start <= stop)
);

CREATE TABLE coding (
  project bigint NOT NULL,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  document bigint NOT NULL,
  version int NOT NULL,
  code bigint NOT NULL,
  coder bigint NOT NULL,
  start int NOT NULL,
  stop int NOT NULL,
  made bigint NOT NULL,
  at bigint NOT NULL, -- seconds since 1970
  PRIMARY KEY (project, n),
  FOREIGN KEY (project, document, version) REFERENCES text,
  FOREIGN KEY (project, code) REFERENCES node (project, n),
  FOREIGN KEY (project, coder) REFERENCES coder (project, n),
  CHECK (0 <= start AND start < stop)
);
CREATE INDEX coding_document ON coding (project, document, start);
CREATE INDEX coding_code ON coding (project, code);

CREATE TABLE memo (
  project bigint NOT NULL,
  n bigint NOT NULL,
  rev bigint NOT NULL,
  "on" bigint NOT NULL,
  start int NOT NULL,
  stop int NOT NULL,
  coder bigint NOT NULL,
  text text NOT NULL,
  at bigint NOT NULL, -- seconds since 1970
  PRIMARY KEY (project, n),
  FOREIGN KEY (project, coder) REFERENCES coder (project, n)
);

-- Caches and private things, in no ledger -----------------------------------------

CREATE TABLE snapshot (
  project bigint NOT NULL REFERENCES project,
  seq bigint NOT NULL,
  format int NOT NULL,
  part int NOT NULL,
  columns bytea NOT NULL,
  PRIMARY KEY (project, seq, format, part)
);
ALTER TABLE snapshot ALTER COLUMN columns SET STORAGE EXTERNAL;

CREATE TABLE reading (
  project bigint NOT NULL REFERENCES project,
  account bigint NOT NULL REFERENCES account,
  document bigint NOT NULL,
  place int NOT NULL,    -- the turn read last
  furthest int NOT NULL, -- the furthest turn seen
  at timestamptz NOT NULL,
  PRIMARY KEY (project, account, document),
  FOREIGN KEY (project, document) REFERENCES document (project, n)
);

CREATE TABLE pin (
  project bigint NOT NULL REFERENCES project,
  account bigint NOT NULL REFERENCES account,
  key smallint NOT NULL CHECK (key BETWEEN 1 AND 9),
  code bigint NOT NULL,
  PRIMARY KEY (project, account, key),
  FOREIGN KEY (project, code) REFERENCES node (project, n) ON DELETE CASCADE -- an undo may take a node away
);

CREATE TABLE access (
  project bigint NOT NULL REFERENCES project,
  id bigint GENERATED ALWAYS AS IDENTITY,
  account bigint NOT NULL, -- 0: the command line
  what text NOT NULL,
  n bigint NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (project, id)
);

-- Row-level security, by project. The owner of the tables (who migrates and backs up) is not bound by it; the program's role is. --

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['entry', 'attribute', 'case', 'document', 'node', 'file', 'text', 'turn', 'coding', 'memo', 'snapshot', 'reading', 'pin', 'access'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY by_project ON %I TO anyam_app USING (project = (SELECT anyam_project()))', t);
  END LOOP;
END $$;

-- The list of one's projects needs these two by account.
ALTER TABLE coder ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_project ON coder TO anyam_app
  USING (CASE WHEN (SELECT anyam_account()) IS NOT NULL THEN account = (SELECT anyam_account()) ELSE project = (SELECT anyam_project()) END)
  WITH CHECK (project = (SELECT anyam_project()));
ALTER TABLE project ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_project ON project FOR SELECT TO anyam_app
  USING (CASE WHEN (SELECT anyam_account()) IS NOT NULL THEN id IN (SELECT project FROM coder WHERE account = (SELECT anyam_account())) ELSE id = (SELECT anyam_project()) END);
CREATE POLICY by_project_change ON project FOR UPDATE TO anyam_app USING (id = (SELECT anyam_project()));

-- A project is made before it has a number to be bound by. A repeat of the same change finds the same one.
CREATE FUNCTION anyam_make_project(g uuid, t timestamptz) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
  INSERT INTO project (guid, made, touched) VALUES (g, t, t) ON CONFLICT (guid) DO NOTHING;
  SELECT id FROM project WHERE guid = g;
$$;

-- What only the program itself asks, with no project in hand: names of projects for the command line, heads for catching up.
CREATE FUNCTION anyam_projects() RETURNS TABLE (id bigint, guid uuid, name text, state text, head bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
  SELECT id, guid, name, state, head FROM project WHERE head > 0 ORDER BY id
$$;
CREATE FUNCTION anyam_heads(ids bigint[]) RETURNS TABLE (id bigint, head bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
  SELECT p.id, p.head FROM project p WHERE p.id = ANY (ids)
$$;
-- Placeholders that own a project made before there was any account: the first account claims them.
CREATE FUNCTION anyam_ownerless() RETURNS TABLE (project bigint, coder bigint) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
  SELECT c.project, c.n FROM coder c WHERE c.role = 'owner' AND c.account = 0
    AND NOT EXISTS (SELECT FROM coder o WHERE o.project = c.project AND o.role = 'owner' AND o.account <> 0)
$$;

-- Deleting a whole project is the one thing that removes entries; it can't be done row by row.
CREATE FUNCTION anyam_delete_project(p bigint) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
DECLARE t text;
BEGIN
  PERFORM 1 FROM project WHERE id = p FOR UPDATE;
  FOREACH t IN ARRAY ARRAY['access', 'pin', 'reading', 'snapshot', 'memo', 'coding', 'turn', 'text', 'file', 'node', 'document', 'case', 'attribute', 'coder', 'entry', 'link'] LOOP
    EXECUTE format('DELETE FROM %I WHERE project = $1', t) USING p;
  END LOOP;
  DELETE FROM project WHERE id = p;
END $$;
-- What nobody needs any more: files that became no document within a week, sessions and links that have run out, buckets that have drained.
CREATE FUNCTION anyam_sweep(t timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
DECLARE n bigint;
BEGIN
  DELETE FROM session WHERE seen < t - interval '8 hours' OR made < t - interval '7 days';
  DELETE FROM link WHERE until < t - interval '30 days';
  DELETE FROM bucket WHERE at < t - interval '1 day';
  DELETE FROM file f WHERE f.at < t - interval '7 days'
    AND NOT EXISTS (SELECT FROM document d WHERE d.project = f.project AND d.file = encode(f.sum, 'hex'))
    AND NOT EXISTS (SELECT FROM entry e WHERE e.project = f.project AND e.kind = 'DocumentAdded' AND e.body::json #>> '{do,file}' = encode(f.sum, 'hex'));
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;
REVOKE ALL ON FUNCTION anyam_make_project(uuid, timestamptz), anyam_projects(), anyam_heads(bigint[]), anyam_ownerless(), anyam_delete_project(bigint), anyam_sweep(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION anyam_make_project(uuid, timestamptz), anyam_projects(), anyam_heads(bigint[]), anyam_ownerless(), anyam_delete_project(bigint), anyam_sweep(timestamptz) TO anyam_app;

GRANT USAGE ON SCHEMA public TO anyam_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON account, session, link, bucket, attribute, "case", document, node, coding, memo, coder, snapshot, reading, pin TO anyam_app;
GRANT SELECT, UPDATE ON project TO anyam_app;
-- The ledger and the contents are append-only by grant.
GRANT SELECT, INSERT ON entry, file, text, turn, access TO anyam_app;
GRANT SELECT ON schema_version TO anyam_app;

INSERT INTO schema_version (version) VALUES (1);

COMMIT;
