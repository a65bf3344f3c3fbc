-- Processes and connections, one row an event of that kind. Both become more complete with every
-- sighting, so that nothing of them stands in the event's `detail`, except in connections of an
-- older schema.

-- `started` and `pid` are the process, the other pairs its agent and its parent. `earlier` is a
-- JSON list of command lines. `seen_at` is of the sighting whose command line it has. `in_call` is
-- 1 when the event has a tool call.
CREATE TABLE processes (
    seq            INTEGER PRIMARY KEY,
    client         INTEGER NOT NULL,
    pid            INTEGER NOT NULL,
    started        INTEGER NOT NULL,
    root_pid       INTEGER NOT NULL,
    root_started   INTEGER NOT NULL,
    parent_pid     INTEGER,
    parent_started INTEGER,
    exe            TEXT,
    argv_cut       INTEGER NOT NULL,
    cwd            TEXT,
    earlier        TEXT,
    ended          INTEGER,
    exit_code      INTEGER,
    exit_signal    INTEGER,
    cpu_us         INTEGER,
    peak_rss       INTEGER,
    seen_at        INTEGER NOT NULL,
    in_call        INTEGER NOT NULL
);
-- The shape of a tree and what a list of trees shows; and the processes that no tool call started.
CREATE INDEX processes_tree ON processes (
    root_started, root_pid, started, seq, pid, parent_pid, parent_started, ended
);
CREATE INDEX processes_minute ON processes (root_started, root_pid, started, seq)
    WHERE in_call = 0;

-- `way` is a word of the connection's way; `pid` and `started` are the process that made it.
CREATE TABLE flows (
    seq         INTEGER PRIMARY KEY,
    port        INTEGER NOT NULL,
    way         INTEGER NOT NULL,
    sent        INTEGER NOT NULL,
    received    INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    client      INTEGER,
    client_port INTEGER,
    open        INTEGER NOT NULL,
    pid         INTEGER,
    started     INTEGER
);
CREATE INDEX flows_client_port ON flows (client_port) WHERE client_port IS NOT NULL;

INSERT INTO flows (seq, port, way, sent, received, duration_us, open)
SELECT seq, coalesce(detail ->> 'port', 0),
    CASE WHEN coalesce(detail ->> 'decrypted', 0) THEN 0 ELSE 1 END,
    coalesce(detail ->> 'sent', 0), coalesce(detail ->> 'received', 0),
    coalesce(detail ->> 'duration_us', 0), 0
FROM events WHERE kind = 7;
