BEGIN;

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

CREATE OR REPLACE FUNCTION anyam_sweep(t timestamptz) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET row_security = off AS $$
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

DROP TABLE job_file;
DROP TABLE job;

DELETE FROM schema_version WHERE version = 7;

COMMIT;
