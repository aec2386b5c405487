BEGIN;

-- An entry that made many things at once has a long body. Postgres' own way of packing took a tenth of the time that writing such entries
-- and what they made took; lz4 takes hardly any, and as little to unpack. A Postgres that was built without it goes on as before.
DO $$
BEGIN
  ALTER TABLE entry ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END $$;

INSERT INTO schema_version (version) VALUES (8);

COMMIT;
