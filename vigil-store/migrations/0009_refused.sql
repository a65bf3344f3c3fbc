-- Who refused a tool call, where the first witness of its result did not know.
ALTER TABLE sightings ADD COLUMN denied_by TEXT;
