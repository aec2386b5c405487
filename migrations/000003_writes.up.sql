BEGIN;

-- The same rule as before, about whom a project shows itself to: whoever lists their own projects, or works in this one. But the question
-- about the list stands in a function, so that a write, which never asks it, need not prepare for it each time.
CREATE FUNCTION anyam_mine(p bigint) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM coder c WHERE c.project = p AND c.account = anyam_account() AND c.account <> 0);
END $$;
REVOKE ALL ON FUNCTION anyam_mine(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION anyam_mine(bigint) TO anyam_app;

DROP POLICY by_project ON project;
CREATE POLICY by_project ON project FOR SELECT TO anyam_app
  USING (CASE WHEN (SELECT anyam_account()) IS NOT NULL THEN anyam_mine(id) ELSE id = (SELECT anyam_project()) END);

-- A batch of entries begins with this: it binds the transaction to the project, moves its head from where the batch begins to where it ends, and
-- holds the project's row until the commit, so that nobody else writes there and the project can't go. AN001: the head is another, further
-- on or, where a standby took over without the newest entries, further back. AN002: there is no such project.
CREATE FUNCTION anyam_advance(p bigint, was bigint, is_ bigint, following bigint, t timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('anyam.project', p::text, true);
  UPDATE project SET head = is_, next = following, touched = t WHERE id = p AND head = was;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM project WHERE id = p) THEN
      RAISE EXCEPTION 'the head of the project is another' USING ERRCODE = 'AN001';
    END IF;
    RAISE EXCEPTION 'there is no such project' USING ERRCODE = 'AN002';
  END IF;
END $$;
REVOKE ALL ON FUNCTION anyam_advance(bigint, bigint, bigint, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION anyam_advance(bigint, bigint, bigint, bigint, timestamptz) TO anyam_app;
-- Which it makes sure of once a batch. Looked up for each entry, it was the dearest part of writing one.
ALTER TABLE entry DROP CONSTRAINT entry_project_fkey;

INSERT INTO schema_version (version) VALUES (3);

COMMIT;
