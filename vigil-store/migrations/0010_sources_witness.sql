-- Whether a kind of witness told anything at all is asked for each look at the machine.
CREATE INDEX IF NOT EXISTS sources_witness ON sources (witness);
