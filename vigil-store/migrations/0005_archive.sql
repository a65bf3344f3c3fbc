-- The archive: which sessions a client's file told of and whether it is still there, and what was
-- forgotten because somebody asked for it.

-- When it was noticed that a client has deleted all files of a session, and when that it has
-- written one anew. Both follow from `transcripts` and from events that stand in the chain.
ALTER TABLE sessions ADD COLUMN deleted INTEGER;
ALTER TABLE sessions ADD COLUMN rewritten INTEGER;
CREATE INDEX sessions_deleted ON sessions (deleted) WHERE deleted IS NOT NULL;

-- `gone` is when it was noticed that the file had vanished; null while it is there.
CREATE TABLE transcripts (
    session INTEGER NOT NULL,
    source  INTEGER NOT NULL,
    gone    INTEGER,
    PRIMARY KEY (session, source)
) WITHOUT ROWID;
CREATE INDEX transcripts_source ON transcripts (source);
INSERT INTO transcripts (session, source)
SELECT DISTINCT e.session, e.source
FROM events e JOIN sources s ON s.id = e.source
WHERE s.witness = 0 AND s.read_at IS NOT NULL AND e.session IS NOT NULL
UNION
SELECT DISTINCT e.session, x.source
FROM sightings x JOIN events e ON e.seq = x.event JOIN sources s ON s.id = x.source
WHERE s.witness = 0 AND s.read_at IS NOT NULL AND e.session IS NOT NULL;

-- Sessions that were forgotten, by the beginning of a keyed hash of their key: what happened in
-- them at or before `at` is not taken in again.
CREATE TABLE forgotten (hash BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
