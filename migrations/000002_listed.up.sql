BEGIN;

-- How much there is in each project of the account that asks (anyam.account, as in the list of projects), as that coder may see it: live
-- documents; codes that count; codings by those in live documents, of a blind coder their own alone; people who have a role.
-- It is asked of all projects at once, which row-level security by project could not.
CREATE FUNCTION anyam_listed() RETURNS TABLE (project bigint, documents bigint, codes bigint, codings bigint, people bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off SET jit = off AS $$
  -- Project by project, so that each is found through its keys: how much there is in others' must not matter.
  SELECT m.project, d.k, n.k, k.k, p.k FROM (
    SELECT c.project, c.n, c.blind FROM coder c WHERE c.account = anyam_account() AND c.account <> 0 AND c.role <> ''
  ) m
  CROSS JOIN LATERAL (SELECT count(*) AS k FROM document x WHERE x.project = m.project AND x.state = 'live') d
  CROSS JOIN LATERAL (
    WITH RECURSIVE awake AS ( -- a node counts where everything above it does
      SELECT x.n, x.kind FROM node x WHERE x.project = m.project AND x.parent = 0 AND x.state IN ('live', 'retired')
      UNION ALL
      SELECT x.n, x.kind FROM awake a JOIN node x ON x.project = m.project AND x.parent = a.n WHERE x.state IN ('live', 'retired')
    ) SELECT count(*) FILTER (WHERE kind = 'code') AS k, array_agg(awake.n) AS ns FROM awake
  ) n
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(g.k), 0)::bigint AS k FROM (
      SELECT x.code, x.document, count(*) AS k FROM coding x WHERE x.project = m.project AND (NOT m.blind OR x.coder = m.n) GROUP BY 1, 2
    ) g WHERE g.code = ANY (n.ns) AND EXISTS (SELECT FROM document y WHERE y.project = m.project AND y.n = g.document AND y.state = 'live')
  ) k
  CROSS JOIN LATERAL (SELECT count(*) AS k FROM coder x WHERE x.project = m.project AND x.role <> '') p
$$;
REVOKE ALL ON FUNCTION anyam_listed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION anyam_listed() TO anyam_app;

INSERT INTO schema_version (version) VALUES (2);

COMMIT;
