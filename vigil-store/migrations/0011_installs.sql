-- What events install: one row a package of a tool call or a process, whose session, outcome and
-- witnesses it has. `manager` and `ecosystem` are names; `flags` and `reasons` are JSON lists, absent
-- when empty. `judged_by` is how new that was by which `severity` and `reasons` were found.
CREATE TABLE IF NOT EXISTS installs (
    seq       INTEGER NOT NULL,
    place     INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    way       INTEGER NOT NULL,
    manager   INTEGER NOT NULL,
    ecosystem INTEGER NOT NULL,
    name      TEXT,
    version   TEXT,
    source    TEXT NOT NULL,
    url       TEXT,
    flags     TEXT,
    severity  INTEGER,
    reasons   TEXT,
    judged_by INTEGER NOT NULL,
    PRIMARY KEY (seq, place)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS installs_at ON installs (at);
CREATE INDEX IF NOT EXISTS installs_name ON installs (name, at) WHERE name IS NOT NULL;
