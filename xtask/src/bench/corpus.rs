//! Transcripts to read when no real ones are given: the shape of Claude Code's files, words drawn
//! by a fixed generator, the same on every run.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

const WORDS: &[&str] = &[
    "parser", "the", "test", "fails", "because", "index", "of", "stream", "buffer", "is", "read",
    "twice", "cargo", "build", "error", "line", "fn", "let", "match", "return", "file", "path",
    "config", "a", "value", "and", "then", "retry", "socket", "timeout", "session", "commit",
];

/// Writes `sessions` files of about `bytes` in all below `folder/projects`.
pub(crate) fn make(folder: &Path, sessions: u64, bytes: u64) -> Result<()> {
    let project = folder.join("projects/-home-dev-project");
    fs::create_dir_all(&project).with_context(|| format!("make {}", project.display()))?;
    for session in 0..sessions {
        let id = format!("{session:08x}-0000-4000-8000-000000000000");
        let path = project.join(format!("{id}.jsonl"));
        let file = File::create(&path).with_context(|| format!("make {}", path.display()))?;
        write_session(&mut BufWriter::new(file), &id, session, bytes / sessions)?;
    }
    Ok(())
}

fn write_session(out: &mut impl Write, id: &str, seed: u64, bytes: u64) -> Result<()> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut written = 0;
    for turn in 0.. {
        for line in turn_lines(id, seed, turn, &mut random) {
            let line = line.to_string();
            writeln!(out, "{line}")?;
            written += line.len() as u64 + 1;
        }
        if written >= bytes {
            break;
        }
    }
    Ok(out.flush()?)
}

/// One prompt, the answer that calls a tool, and the tool's result.
fn turn_lines(id: &str, seed: u64, turn: u64, random: &mut Random) -> [Value; 3] {
    let (day, hour, minute, second) = (1 + seed % 28, turn / 3600 % 24, turn / 60 % 60, turn % 60);
    let record = |kind: &str, step: u64, message: Value| {
        json!({
            "type": kind,
            "uuid": format!("{seed:08x}-{turn:04x}-4000-8000-{step:012x}"),
            "sessionId": id,
            "cwd": "/home/dev/project",
            "version": "2.1.197",
            "timestamp": format!("2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z"),
            "requestId": (kind == "assistant").then(|| format!("req_{seed:08x}{turn:08x}")),
            "message": message,
        })
    };
    let call = format!("toolu_{seed:08x}{turn:08x}");
    let answer = json!({
        "id": format!("msg_{seed:08x}{turn:08x}"),
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "stop_reason": "tool_use",
        "content": [{
            "type": "tool_use",
            "id": call,
            "name": "Read",
            "input": {"file_path": "/home/dev/project/src/lib.rs"},
        }],
        "usage": {
            "input_tokens": 12,
            "cache_read_input_tokens": 9000,
            "cache_creation_input_tokens": 300,
            "output_tokens": 80,
        },
    });
    let result = json!([{
        "type": "tool_result",
        "tool_use_id": call,
        "content": random.words(600),
    }]);
    [
        record("user", 0, json!({"role": "user", "content": random.words(40)})),
        record("assistant", 1, answer),
        record("user", 2, json!({"role": "user", "content": result})),
    ]
}

/// xorshift64: reproducible, and good enough to draw words with.
struct Random(u64);

impl Random {
    fn words(&mut self, count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn word(&mut self) -> &'static str {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let at = usize::try_from(self.0 % WORDS.len() as u64).unwrap_or_default();
        WORDS.get(at).copied().unwrap_or_default()
    }
}
