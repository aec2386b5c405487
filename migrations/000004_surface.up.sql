BEGIN;

-- How a person likes to read and code: letters, lines, keys. An empty object is as it is for everyone.
ALTER TABLE account ADD COLUMN surface jsonb NOT NULL DEFAULT '{}';

-- Who has a document open is asked for by document.
CREATE INDEX reading_document ON reading (project, document, at);

INSERT INTO schema_version (version) VALUES (4);

COMMIT;
