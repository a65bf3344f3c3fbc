-- What the dashboard asks for: rollups that spare its pages from looking at every event, the
-- files that tool calls name, the history of what people said of findings, and indexes.
-- A store of the first schema fills all of it from what it holds. What it cannot do here, because
-- texts are compressed, is done by the program right after: `touched` and `paths`.

-- How many events of each kind a quarter of an hour has.
CREATE TABLE activity (
    quarter INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (quarter, kind)
) WITHOUT ROWID;
INSERT INTO activity (quarter, kind, n)
SELECT (at - (at % 900000000 + 900000000) % 900000000) / 900000000, kind, count(*)
FROM events GROUP BY 1, 2;

-- Tool calls and what became of them, by the quarter of an hour in which they were asked for.
-- Like usage, these are totals: they stay when events are deleted.
CREATE TABLE tool_usage (
    quarter INTEGER NOT NULL,
    session INTEGER NOT NULL,
    tool    INTEGER NOT NULL,
    calls   INTEGER NOT NULL,
    failed  INTEGER NOT NULL,
    denied  INTEGER NOT NULL,
    PRIMARY KEY (quarter, session, tool)
) WITHOUT ROWID;
INSERT INTO tool_usage (quarter, session, tool, calls, failed, denied)
SELECT (at - (at % 900000000 + 900000000) % 900000000) / 900000000,
    coalesce(session, 0), coalesce(name, 0),
    count(*), count(*) FILTER (WHERE outcome = 3), count(*) FILTER (WHERE outcome = 2)
FROM events WHERE kind = 3 AND conflicts_with IS NULL GROUP BY 1, 2, 3;
CREATE INDEX usage_quarter ON usage (quarter);

-- Files that tool calls name, one row a call; `path` is the keyed hash of the path. In the
-- order of time, which is how every question about them goes through it.
CREATE TABLE touched (
    at      INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    path    INTEGER NOT NULL,
    session INTEGER NOT NULL,
    written INTEGER NOT NULL,
    PRIMARY KEY (at, seq)
) WITHOUT ROWID;
CREATE TABLE paths (id INTEGER PRIMARY KEY, text TEXT NOT NULL);

-- What people said of findings. A word that was given before this schema has no time, and is
-- known from the finding alone.
CREATE TABLE triage_log (
    id      INTEGER PRIMARY KEY,
    finding INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    state   INTEGER NOT NULL,
    note    TEXT
);
CREATE INDEX triage_log_finding ON triage_log (finding);

-- `last` is when the latest event happened that the incident was seen in.
ALTER TABLE findings ADD COLUMN triaged_at INTEGER;
ALTER TABLE findings ADD COLUMN last INTEGER;
UPDATE findings SET note = nullif(note, ''), last = max(at, coalesce(
    (SELECT max(e.at) FROM finding_sightings x JOIN events e ON e.seq = x.event
     WHERE x.finding = findings.id), at));
CREATE INDEX findings_state ON findings (state, severity, at);
CREATE INDEX finding_sightings_event ON finding_sightings (event);

-- A list of sessions, its filters and its drop-downs are answered from this index alone.
CREATE INDEX sessions_last ON sessions (last, started, client, model, findings, cwd);
CREATE INDEX turns_session ON turns (session);

-- A call and its result find each other by the client's id within their session.
DROP INDEX events_session;
CREATE INDEX events_session ON events (session, tool_call);
-- A page of the feed looks at the kind before it looks at a row. The kinds that fill it are
-- near each other; the rare ones (from `process` on) have an index of their own.
DROP INDEX events_at;
CREATE INDEX events_at ON events (at, kind);
CREATE INDEX events_rare ON events (kind, at) WHERE kind > 5;
CREATE INDEX events_conflicts ON events (conflicts_with) WHERE conflicts_with IS NOT NULL;
