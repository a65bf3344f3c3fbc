-- How far what is stored was masked again, by rules that are newer than its masks. One row; `rules`
-- says which rules, `stage` what is being looked through and `after` how far of it, up to `last`.
CREATE TABLE IF NOT EXISTS masking (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    rules   BLOB NOT NULL,
    began   INTEGER NOT NULL,
    ended   INTEGER,
    stage   INTEGER NOT NULL,
    after   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    done    INTEGER NOT NULL,
    total   INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    found   INTEGER NOT NULL
);
