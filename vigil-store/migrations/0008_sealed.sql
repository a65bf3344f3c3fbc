-- The vault: the clear value of an incident, sealed to the key of the day (in days since 1970, UTC)
-- that it was last seen on. That key is not here.
CREATE TABLE sealed (
    finding INTEGER PRIMARY KEY,
    day     INTEGER NOT NULL,
    value   BLOB NOT NULL
);
CREATE INDEX sealed_day ON sealed (day);
CREATE TRIGGER sealed_goes AFTER DELETE ON findings BEGIN
    DELETE FROM sealed WHERE finding = OLD.id;
END;
