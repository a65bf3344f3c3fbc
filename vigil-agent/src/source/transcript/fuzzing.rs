//! The fuzz targets' door to transcripts: whatever a file holds, it is read to its last complete
//! line, and reading it in two sittings gives the same events as reading it in one.

use std::{
    io::{self, Read},
    path::Path,
};

use vigil_proto::{
    Batch, ContentHasher, Event, Sensitive, Source, SourceId, Timestamp, Witness, batch::Counts,
};

use super::{
    aider,
    claude::{Parser, Place},
    client::{Client, File},
    codex, copilot, gemini,
    lines::{Item, Lines},
    opencode,
    parser::{Parser as _, Rules},
    pi, qwen,
};
use crate::pipeline::Exclusions;

const HASHER: ContentHasher = ContentHasher::new([3; 32]);

/// Gives at most `piece` bytes at once.
struct Slowly<'a> {
    bytes: &'a [u8],
    piece: usize,
}

impl Read for Slowly<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let piece = self.piece.min(room.len());
        self.bytes.read(room.get_mut(..piece).unwrap_or_default())
    }
}

/// Cuts `bytes` into lines of at most `cap` bytes, reading `piece` bytes at once, and compares
/// with a plain cut at every newline.
pub fn lines(bytes: &[u8], cap: usize, piece: usize) {
    let (cap, piece) = (cap.max(1), piece.max(1));
    let mut lines = Lines::new(Slowly { bytes, piece }, 0, cap);
    let mut expected = bytes.split_inclusive(|byte| *byte == b'\n');
    let mut offset = 0;
    while let Ok(Some((item, end))) = lines.next() {
        let line = expected.next().unwrap_or_default();
        offset += line.len() as u64;
        let line = line.strip_suffix(b"\n");
        assert_eq!(end, offset, "the offset is after the newline");
        match item {
            Item::Line(read) => assert_eq!(Some(read), line, "a line"),
            Item::TooLong { sample, bytes } => {
                let line = line.unwrap_or_default();
                assert_eq!(bytes, line.len() as u64, "the length of a long line");
                assert!(line.len() > cap && line.starts_with(sample), "a long line");
            }
        }
    }
    assert_eq!(lines.offset(), offset);
    let rest = expected.next().unwrap_or_default();
    assert!(!rest.contains(&b'\n') && expected.next().is_none(), "a line was left out");
}

/// Parses `bytes` as the transcript of Claude Code, once in one sitting, and once with the memory
/// saved and loaded before every line.
pub fn claude(bytes: &[u8]) {
    for thread in [None, Some("a1")] {
        let one = parse(bytes, thread, false);
        let many = parse(bytes, thread, true);
        assert!(one.0 == many.0, "a restart changes the events");
        assert_eq!(one.1, many.1, "a restart changes the counts");
    }
}

fn parse(bytes: &[u8], thread: Option<&str>, restarts: bool) -> (Vec<Event<Sensitive>>, Counts) {
    let exclusions = Exclusions::default();
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
    let source = SourceId::of(b"fuzz");
    let place = Place {
        source,
        session: Some("5e551011-0000-4000-8000-000000000001".to_owned()),
        thread: thread.map(str::to_owned),
        started_by: None,
        agent_type: None,
        maybe_excluded: false,
        fallback: Timestamp::default(),
    };
    let mut parser = Parser::new(rules, place.clone(), b"", Timestamp::default());
    let mut batch =
        Batch::new(Source { id: source, witness: Witness::Transcript, place: "f".into() });
    let mut position = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if restarts {
            let state = parser.state();
            parser = Parser::new(rules, place.clone(), &state, Timestamp::default());
        }
        parser.line(line.strip_suffix(b"\n").unwrap_or(line), position, &mut batch);
        position += line.len() as u64;
    }
    (batch.events, batch.counts)
}

/// Parses `bytes` as a rollout of Codex, once in one sitting, and once with the memory saved and
/// loaded before every line.
pub fn codex(bytes: &[u8]) {
    sittings(&codex::FILES, bytes);
}

/// Parses `bytes` as records of opencode's log, once in one sitting, and once with the memory
/// saved and loaded before every record.
pub fn opencode(bytes: &[u8]) {
    sittings(&opencode::FILES, bytes);
}

/// Parses `bytes` as a session of Gemini CLI, once in one sitting, and once with the memory saved
/// and loaded before every line.
pub fn gemini(bytes: &[u8]) {
    sittings(&gemini::FILES, bytes);
}

/// Parses `bytes` as a session's log of Copilot CLI, once in one sitting, and once with the memory
/// saved and loaded before every line.
pub fn copilot(bytes: &[u8]) {
    sittings(&copilot::FILES, bytes);
}

/// Parses `bytes` as a session of pi, once in one sitting, and once with the memory saved and
/// loaded before every line.
pub fn pi(bytes: &[u8]) {
    sittings(&pi::FILES, bytes);
}

/// Parses `bytes` as a chat history of aider, once in one sitting, and once with the memory saved
/// and loaded before every line.
pub fn aider(bytes: &[u8]) {
    sittings(&aider::FILES, bytes);
}

/// Parses `bytes` as a session of Qwen Code, once in one sitting, and once with the memory saved
/// and loaded before every line.
pub fn qwen(bytes: &[u8]) {
    sittings(&qwen::FILES, bytes);
}

/// Compares one sitting with many for a client whose files say nothing by their places.
fn sittings(client: &Client, bytes: &[u8]) {
    let one = sitting(client, bytes, false);
    let many = sitting(client, bytes, true);
    assert!(one.0 == many.0, "a restart changes the events");
    assert_eq!(one.1, many.1, "a restart changes the counts");
}

fn sitting(client: &Client, bytes: &[u8], restarts: bool) -> (Vec<Event<Sensitive>>, Counts) {
    let exclusions = Exclusions::default();
    let rules = Rules { hasher: &HASHER, exclusions: &exclusions };
    let path = Path::new("/fuzz/file");
    let now = Timestamp::default();
    let file = File { root: path, path, fallback: now, seen_at: now };
    let mut parser = (client.parser)(rules, &file, b"");
    let source = SourceId::of(b"fuzz");
    let mut batch =
        Batch::new(Source { id: source, witness: Witness::Transcript, place: "f".into() });
    let mut position = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if restarts {
            let state = parser.state();
            parser = (client.parser)(rules, &file, &state);
        }
        parser.line(line.strip_suffix(b"\n").unwrap_or(line), position, &mut batch);
        position += line.len() as u64;
    }
    (batch.events, batch.counts)
}
