-- What people do not want to be told of: one finding by its key, or what a rule finds in files like
-- `path` or in the folder `project`. `ended` is when it was taken back or was over.
CREATE TABLE suppressions (
    id      INTEGER PRIMARY KEY,
    finding BLOB,
    rule    TEXT,
    path    TEXT,
    project TEXT,
    reason  TEXT NOT NULL,
    made    INTEGER NOT NULL,
    expires INTEGER,
    ended   INTEGER
);

-- By which suppression a finding is suppressed. Its state says that it is.
ALTER TABLE findings ADD COLUMN suppression INTEGER;
CREATE INDEX findings_suppression ON findings (suppression) WHERE suppression IS NOT NULL;
