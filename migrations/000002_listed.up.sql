BEGIN;

-- How much there is in each project of the account that asks (anyam.account, as in the list of projects), as that coder may see it: live
-- documents; codes that count; codings by those in live documents, of a blind coder their own alone; people who have a role.
-- It is asked of all projects at once, which row-level security by project could not.
CREATE FUNCTION anyam_listed() RETURNS TABLE (project bigint, documents bigint, codes bigint, codings bigint, people bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off SET jit = off AS $$
  WITH RECURSIVE mine AS MATERIALIZED (
    SELECT c.project, c.n, c.blind FROM coder c WHERE c.account = anyam_account() AND c.account <> 0 AND c.role <> ''
  ), awake AS ( -- a node counts where everything above it does
    SELECT n.project, n.n, n.kind FROM node n JOIN mine m ON m.project = n.project WHERE n.parent = 0 AND n.state IN ('live', 'retired')
    UNION ALL
    SELECT n.project, n.n, n.kind FROM awake a JOIN node n ON n.project = a.project AND n.parent = a.n WHERE n.state IN ('live', 'retired')
  ), d AS (
    SELECT x.project, count(*) AS k FROM document x JOIN mine m ON m.project = x.project WHERE x.state = 'live' GROUP BY 1
  ), n AS (
    SELECT x.project, count(*) AS k FROM awake x WHERE x.kind = 'code' GROUP BY 1
  ), k AS (
    SELECT x.project, count(*) AS k FROM coding x JOIN mine m ON m.project = x.project
      JOIN awake a ON a.project = x.project AND a.n = x.code
      JOIN document y ON y.project = x.project AND y.n = x.document AND y.state = 'live'
      WHERE NOT m.blind OR x.coder = m.n GROUP BY 1
  ), p AS (
    SELECT x.project, count(*) AS k FROM coder x JOIN mine m ON m.project = x.project WHERE x.role <> '' GROUP BY 1
  )
  SELECT m.project, coalesce(d.k, 0), coalesce(n.k, 0), coalesce(k.k, 0), coalesce(p.k, 0)
    FROM mine m LEFT JOIN d USING (project) LEFT JOIN n USING (project) LEFT JOIN k USING (project) LEFT JOIN p USING (project)
$$;
REVOKE ALL ON FUNCTION anyam_listed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION anyam_listed() TO anyam_app;

INSERT INTO schema_version (version) VALUES (2);

COMMIT;
