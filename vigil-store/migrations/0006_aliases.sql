-- One conversation of which two witnesses tell under different names: the client by the name of its
-- session, the proxy, where requests name none, by one of its own making.

-- The provisional session `provisional` is the session `session`, and in it the sub-agent `thread`.
-- `call` is the last model call that showed it, and `at` when that happened. Events keep the session
-- that they were told in; which one they belong to follows from here.
CREATE TABLE aliases (
    id          INTEGER PRIMARY KEY,
    provisional INTEGER NOT NULL UNIQUE,
    session     INTEGER NOT NULL,
    thread      INTEGER,
    at          INTEGER NOT NULL,
    call        INTEGER NOT NULL
);
CREATE INDEX aliases_session ON aliases (session);

-- The session that an event was told in, where that is not the one that it belongs to.
ALTER TABLE events ADD COLUMN told_in INTEGER;
CREATE INDEX events_told_in ON events (told_in) WHERE told_in IS NOT NULL;

-- Further ids of events: what another witness calls them.
CREATE TABLE known_as (id BLOB PRIMARY KEY, event INTEGER NOT NULL) WITHOUT ROWID;

-- How many model calls and tool calls of a session were told by which witnesses. Like usage, these
-- are totals: they stay when events are deleted.
CREATE TABLE told_by (
    session   INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    witnesses INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (session, kind, witnesses)
) WITHOUT ROWID;
INSERT INTO told_by (session, kind, witnesses, n)
SELECT session, kind, witnesses, count(*) FROM events
WHERE kind IN (3, 5) AND conflicts_with IS NULL AND session IS NOT NULL GROUP BY 1, 2, 3;
