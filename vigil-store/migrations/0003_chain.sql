-- The audit chain: one link a transaction that added or changed what is told, each with the head
-- that follows from the link before. Links are only ever added.

-- `entries` says of which rows the link speaks, with a short keyed hash of each (src/chain/
-- entries.rs); `salt` makes the key, new for every link. `last_seq` is the last event number given
-- when it was made, `count` how many rows it speaks of, and `reason` why it was made.
CREATE TABLE links (
    number   INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    reason   INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    salt     BLOB NOT NULL,
    head     BLOB NOT NULL,
    entries  BLOB NOT NULL
);
