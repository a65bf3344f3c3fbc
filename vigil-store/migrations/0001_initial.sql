-- The first schema. Migrations are only ever added: a store that was written by an older
-- Vigil is brought forward step by step, and none of these files changes once released.

-- Single values: the key of body hashes, the last event number, how the store was closed.
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- Words that repeat (tools, models, clients, threads), each once.
CREATE TABLE names (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- Where events come from, and how far each place has been read.
CREATE TABLE sources (
    id       INTEGER PRIMARY KEY,
    key      BLOB NOT NULL UNIQUE,
    witness  INTEGER NOT NULL,
    place    TEXT NOT NULL,
    device   INTEGER,
    inode    INTEGER,
    head     INTEGER,
    head_len INTEGER,
    position INTEGER,
    state    BLOB,
    read_at  INTEGER
);

-- `numbered` and `numbered_side` are the last turn numbers given in the main thread and in
-- sub-agents; the other counters are what lists show without looking at events.
CREATE TABLE sessions (
    id            INTEGER PRIMARY KEY,
    key           BLOB NOT NULL UNIQUE,
    client        INTEGER NOT NULL,
    native        TEXT NOT NULL,
    version       TEXT,
    parent        BLOB,
    cwd           TEXT,
    branch        TEXT,
    title         TEXT,
    title_rank    INTEGER NOT NULL DEFAULT 0,
    model         INTEGER,
    model_at      INTEGER,
    started       INTEGER,
    last          INTEGER,
    prompts       INTEGER NOT NULL DEFAULT 0,
    prompts_side  INTEGER NOT NULL DEFAULT 0,
    numbered      INTEGER NOT NULL DEFAULT 0,
    numbered_side INTEGER NOT NULL DEFAULT 0,
    messages      INTEGER NOT NULL DEFAULT 0,
    tool_calls    INTEGER NOT NULL DEFAULT 0,
    findings      INTEGER NOT NULL DEFAULT 0
);

-- `start_turn` is the turn of the tool call that started the thread, once that call is known.
CREATE TABLE subagents (
    session    INTEGER NOT NULL,
    thread     INTEGER NOT NULL,
    started_by TEXT,
    agent_type TEXT,
    start_turn INTEGER,
    PRIMARY KEY (session, thread)
) WITHOUT ROWID;

-- Turns by the event of the prompt that began them.
CREATE TABLE turns (
    id      INTEGER PRIMARY KEY,
    event   BLOB NOT NULL UNIQUE,
    session INTEGER NOT NULL,
    number  INTEGER NOT NULL
);

-- One row a thing that happened. `body` is the text itself when it is short, else the number
-- of its body. `witnesses` is a set of bits; the first sighting's place stands here, further
-- ones in `sightings`. `conflicts_with` is the event whose content this sighting contradicts.
CREATE TABLE events (
    seq            INTEGER PRIMARY KEY,
    id             BLOB NOT NULL,
    at             INTEGER NOT NULL,
    seen_at        INTEGER NOT NULL,
    session        INTEGER,
    thread         INTEGER,
    turn           INTEGER,
    kind           INTEGER NOT NULL,
    witnesses      INTEGER NOT NULL,
    source         INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    content        INTEGER NOT NULL,
    tool_call      TEXT,
    name           INTEGER,
    outcome        INTEGER,
    body,
    detail         TEXT,
    conflicts_with BLOB,
    incomplete     INTEGER
);
CREATE UNIQUE INDEX events_id ON events (id);
CREATE INDEX events_session ON events (session);
CREATE INDEX events_at ON events (at);
CREATE INDEX events_incomplete ON events (session) WHERE incomplete = 1;

CREATE TABLE sightings (
    event    INTEGER NOT NULL,
    witness  INTEGER NOT NULL,
    source   INTEGER NOT NULL,
    position INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL,
    PRIMARY KEY (event, witness, source)
) WITHOUT ROWID;

-- Outcomes of tool calls whose call has not been seen yet.
CREATE TABLE unsettled (call BLOB PRIMARY KEY, outcome INTEGER NOT NULL) WITHOUT ROWID;

-- Model calls, one row an event of that kind. `at` and `rank` are of the sighting whose
-- figures count; `others` keeps figures of final sightings that differ, as JSON.
CREATE TABLE calls (
    seq            INTEGER PRIMARY KEY,
    provider       INTEGER NOT NULL,
    message        TEXT NOT NULL,
    request        TEXT,
    stop_reason    TEXT,
    at             INTEGER NOT NULL,
    rank           INTEGER NOT NULL,
    witness        INTEGER NOT NULL,
    input          INTEGER NOT NULL,
    cache_read     INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output         INTEGER NOT NULL,
    reasoning      INTEGER NOT NULL,
    cost           INTEGER,
    estimated      INTEGER,
    latency_us     INTEGER,
    first_byte_us  INTEGER,
    status         INTEGER,
    others         TEXT
);

-- Usage by session, model and quarter of an hour (every time zone's midnight falls on one).
CREATE TABLE usage (
    session        INTEGER NOT NULL,
    model          INTEGER NOT NULL,
    quarter        INTEGER NOT NULL,
    calls          INTEGER NOT NULL,
    input          INTEGER NOT NULL,
    cache_read     INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    output         INTEGER NOT NULL,
    reasoning      INTEGER NOT NULL,
    cost           INTEGER NOT NULL,
    estimated      INTEGER NOT NULL,
    PRIMARY KEY (session, model, quarter)
) WITHOUT ROWID;

-- What each witness contributed about each client.
CREATE TABLE evidence (
    client  INTEGER NOT NULL,
    witness INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    last    INTEGER,
    PRIMARY KEY (client, witness)
) WITHOUT ROWID;

CREATE TABLE counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;

-- Texts by keyed hash; each lies in a compressed block.
CREATE TABLE bodies (
    hash   INTEGER PRIMARY KEY,
    block  INTEGER NOT NULL,
    start  INTEGER NOT NULL,
    length INTEGER NOT NULL
);
CREATE INDEX bodies_block ON bodies (block);
CREATE TABLE blocks (id INTEGER PRIMARY KEY, raw INTEGER NOT NULL, data BLOB NOT NULL);

-- Incidents; `event`, `at` and the span are of the earliest sighting.
CREATE TABLE findings (
    id         INTEGER PRIMARY KEY,
    key        BLOB NOT NULL UNIQUE,
    rule       TEXT NOT NULL,
    category   TEXT NOT NULL,
    severity   INTEGER NOT NULL,
    confidence INTEGER NOT NULL,
    event      BLOB NOT NULL,
    session    INTEGER,
    turn       INTEGER,
    thread     INTEGER,
    at         INTEGER NOT NULL,
    field      INTEGER,
    start      INTEGER,
    stop       INTEGER,
    evidence   TEXT NOT NULL,
    why        TEXT NOT NULL,
    state      INTEGER NOT NULL DEFAULT 0,
    note       TEXT,
    sightings  INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE finding_sightings (
    finding INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    field   INTEGER NOT NULL,
    start   INTEGER NOT NULL,
    stop    INTEGER NOT NULL,
    PRIMARY KEY (finding, event, field, start)
) WITHOUT ROWID;
CREATE TABLE session_findings (
    session INTEGER NOT NULL,
    finding INTEGER NOT NULL,
    PRIMARY KEY (session, finding)
) WITHOUT ROWID;

-- The search index: the distinct words of the first 8 KiB of each text, by event number.
CREATE VIRTUAL TABLE search USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
-- Words gather in memory up to 8 MiB before they are sorted and written, and runs are merged
-- when sixteen have gathered: the measured optimum between reading a backlog and searching.
INSERT INTO search (search, rank) VALUES ('hashsize', 8388608), ('automerge', 0), ('crisismerge', 16);
