//! Fills a store from a folder of transcripts, with a crude reader of their lines, to measure
//! the writer alone: `fill STORE TRANSCRIPTS [--no-store]`. Prints CPU seconds and bytes.
//! `fill STORE --sessions N` makes up so many short sessions instead, to measure long lists.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::{
    collections::HashMap,
    error::Error,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::Instant,
};

use serde_json::{Value, json};
use vigil_proto::{
    Batch, ContentHash, Event, EventId, Kind, Masked, NaturalKey, Outcome, SessionFacts, SessionId,
    Source, SourceId, Timestamp, Usage, Witness,
    batch::TitleRank,
    event::{CallRank, ModelCall, Prompt, Response, System, Thinking, ToolCall, ToolResult},
    report::{EventFilter, UsageBy},
};
use vigil_store::{Options, Reader, Store};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let dir = PathBuf::from(args.next().ok_or("give the store's folder")?);
    let transcripts = args.next().ok_or("give the transcripts' folder, or --sessions N")?;
    if transcripts == "--sessions" {
        return make_up(&dir, args.next().ok_or("give a number of sessions")?.parse()?);
    }
    let transcripts = PathBuf::from(transcripts);
    let keep = args.next().is_none();
    let mut files = Vec::new();
    find(&transcripts, &mut files)?;
    files.sort();

    let (store, _) = Store::open(&dir, Options::default(), Box::new(|_| {}))?;
    let writer = store.writer();
    let began = Instant::now();
    let mut events = 0;
    for file in files {
        let text = fs::read_to_string(&file)?;
        let mut reader = Lines::new(&file);
        for chunk in text.lines().collect::<Vec<_>>().chunks(256) {
            let batch = reader.batch(chunk);
            events += batch.events.len();
            if keep {
                writer.submit(batch, Vec::new())?;
            }
        }
    }
    writer.flush()?;
    store.close()?;
    println!("{events} events, {:.2} s, cpu {}", began.elapsed().as_secs_f64(), cpu());
    if keep { ask(&dir) } else { Ok(()) }
}

/// So many sessions of a prompt, an answer and a tool call, over two years and 300 projects.
fn make_up(dir: &Path, sessions: i64) -> Result<(), Box<dyn Error>> {
    let (store, _) = Store::open(dir, Options::default(), Box::new(|_| {}))?;
    let writer = store.writer();
    let began = Instant::now();
    for n in 0..sessions {
        let transcript = format!("/made/up/{n}.jsonl");
        let mut reader = Lines::new(Path::new(&transcript));
        let at = Timestamp::from_micros(
            1_700_000_000_000_000 + n * (2 * 365 * 86_400_000_000 / sessions.max(1)),
        );
        let model = ["claude-sonnet-4-5", "claude-opus-4-1", "claude-haiku-4-5"]
            .get(usize::try_from(n % 3)?)
            .copied()
            .unwrap_or_default();
        let line = |kind: &str, message: Value| {
            json!({
                "type": kind, "sessionId": format!("session-{n:08}"), "timestamp": at.to_string(),
                "uuid": format!("{kind}-{n}"), "requestId": "r", "message": message,
            })
            .to_string()
        };
        let lines = [
            line("user", json!({"content": format!("please look at part {n} of the whole")})),
            line(
                "assistant",
                json!({
                    "id": format!("m{n}"), "model": model, "stop_reason": "tool_use",
                    "usage": {"input_tokens": 1000 + n % 77, "output_tokens": 100},
                    "content": [
                        {"type": "text", "text": format!("Part {n} is read first.")},
                        {"type": "tool_use", "id": format!("t{n}"), "name": "Read",
                         "input": {"file_path": format!("/made/up/part-{}.rs", n % 5000)}},
                    ],
                }),
            ),
            line(
                "user",
                json!({"content": [{"type": "tool_result", "tool_use_id": format!("t{n}"),
                                    "content": format!("fn part_{n}() {{}}")}]}),
            ),
        ];
        let mut batch = reader.batch(&lines.each_ref().map(String::as_str));
        for facts in &mut batch.sessions {
            facts.cwd = Some(Masked::from_scan(format!("/made/up/project-{:03}", n * 7 % 300)));
            let title = Masked::from_scan(format!("Look at part {n} of the whole"));
            facts.title = Some((TitleRank::FirstPrompt, title));
        }
        writer.submit(batch, Vec::new())?;
    }
    writer.flush()?;
    store.close()?;
    println!("{sessions} sessions, {:.2} s, cpu {}", began.elapsed().as_secs_f64(), cpu());
    Ok(())
}

/// Times the questions that people ask.
fn ask(dir: &Path) -> Result<(), Box<dyn Error>> {
    let reader = Reader::open(dir)?;
    let mut began = Instant::now();
    let mut lap = |what: &str, n: usize| {
        println!("{what}: {n} in {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
        began = Instant::now();
    };
    lap("status, drops", reader.status()?.drops.len());
    lap("sessions", reader.sessions()?.sessions.len());
    lap("usage by day", reader.usage(UsageBy::Day, "Europe/Berlin")?.rows.len());
    lap("search, a word", reader.search("socket", 20)?.hits.len());
    lap("search, a phrase", reader.search("\"socket store\"", 20)?.hits.len());
    for with_text in [false, true] {
        let mut n = 0;
        reader.events(&EventFilter { with_text, ..EventFilter::default() }, |_| {
            n += 1;
            ControlFlow::Continue(())
        })?;
        lap("all events", n);
    }
    Ok(())
}

/// User and system ticks (1/100 s) of this process and of its threads, and its peak memory.
fn cpu() -> String {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: Vec<&str> = stat.split(' ').skip(13).take(2).collect();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    let threads: Vec<String> = fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("stat")).ok())
        .map(|stat| stat.split(' ').skip(13).take(2).collect::<Vec<_>>().join("+"))
        .collect();
    format!("{} ticks (live threads {}), {peak}", ticks.join("+"), threads.join(", "))
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "jsonl") {
            files.push(path);
        }
    }
    Ok(())
}

struct Lines {
    source: Source<Masked>,
    seen: HashMap<String, u32>,
    turn: Option<EventId>,
    position: u64,
    calls: HashMap<String, EventId>,
}

impl Lines {
    fn new(file: &Path) -> Self {
        let source = Source {
            id: SourceId::of(file.as_os_str().as_encoded_bytes()),
            witness: Witness::Transcript,
            place: Masked::from_scan(file.display().to_string()),
        };
        Self { source, seen: HashMap::new(), turn: None, position: 0, calls: HashMap::new() }
    }

    fn batch(&mut self, lines: &[&str]) -> Batch<Masked> {
        let mut batch = Batch::new(self.source.clone());
        for line in lines {
            self.position += line.len() as u64 + 1;
            if let Ok(line) = serde_json::from_str::<Value>(line) {
                self.line(&line, &mut batch);
            }
        }
        batch
    }

    fn line(&mut self, line: &Value, batch: &mut Batch<Masked>) {
        let text = |value: &Value| Masked::from_scan(value.as_str().unwrap_or_default().to_owned());
        let native = line["sessionId"].as_str().unwrap_or_default();
        let session = SessionId::of("claude-code", native);
        let at = line["timestamp"].as_str().and_then(|at| at.parse().ok()).unwrap_or_default();
        let message = &line["message"];
        let id = message["id"].as_str().unwrap_or_default();
        let mut events = Vec::new();
        match line["type"].as_str().unwrap_or_default() {
            "user" => match &message["content"] {
                Value::String(prompt) => {
                    let content = hash(prompt);
                    let id = NaturalKey::Record {
                        session,
                        record: line["uuid"].as_str().unwrap_or_default(),
                    }
                    .id();
                    self.turn = Some(id);
                    let text = text(&message["content"]);
                    events.push((id, content, None, Kind::Prompt(Prompt { text })));
                }
                Value::Array(blocks) => {
                    for block in blocks {
                        let call = block["tool_use_id"].as_str().unwrap_or_default();
                        let result = match &block["content"] {
                            Value::String(text) => text.clone(),
                            Value::Array(parts) => parts
                                .iter()
                                .filter_map(|part| part["text"].as_str())
                                .collect::<Vec<_>>()
                                .join("\n"),
                            _ => String::new(),
                        };
                        let id = NaturalKey::ToolResult { session, message: "", call }.id();
                        let content = hash(&result);
                        let kind = Kind::ToolResult(ToolResult {
                            call: self.calls.get(call).copied(),
                            text: Masked::from_scan(result),
                            outcome: Outcome::Executed,
                            denied_by: None,
                        });
                        events.push((id, content, Some(call.to_owned()), kind));
                    }
                }
                _ => {}
            },
            "assistant" => {
                let request = line["requestId"].as_str().unwrap_or_default();
                let known = self.seen.contains_key(id);
                let next = self.seen.entry(id.to_owned()).or_default();
                if !known {
                    let usage = &message["usage"];
                    let n = |name: &str| usage[name].as_u64().unwrap_or(0);
                    let key = NaturalKey::ModelCall { provider: "anthropic", message: id, request };
                    let kind = Kind::ModelCall(ModelCall {
                        provider: "anthropic",
                        model: text(&message["model"]),
                        message: Masked::from_scan(id.to_owned()),
                        request: Some(Masked::from_scan(request.to_owned())),
                        stop_reason: message["stop_reason"]
                            .as_str()
                            .map(|text| Masked::from_scan(text.to_owned())),
                        usage: Usage {
                            input: n("input_tokens"),
                            output: n("output_tokens"),
                            ..Usage::default()
                        },
                        cost: None,
                        rank: CallRank::Stopped,
                        latency_us: None,
                        first_byte_us: None,
                        status: None,
                    });
                    events.push((key.id(), ContentHash(0), None, kind));
                }
                for block in message["content"].as_array().into_iter().flatten() {
                    let index = *next;
                    *next += 1;
                    let block_id = NaturalKey::Block { session, message: id, index }.id();
                    match block["type"].as_str().unwrap_or_default() {
                        "text" => {
                            let kind = Kind::Response(Response { text: text(&block["text"]) });
                            let content = hash(block["text"].as_str().unwrap_or_default());
                            events.push((block_id, content, None, kind));
                        }
                        "thinking" => {
                            let kind = Kind::Thinking(Thinking { text: text(&block["thinking"]) });
                            let content = hash(block["thinking"].as_str().unwrap_or_default());
                            events.push((block_id, content, None, kind));
                        }
                        "tool_use" => {
                            let call = block["id"].as_str().unwrap_or_default();
                            let key = NaturalKey::ToolCall { session, message: id, call }.id();
                            self.calls.insert(call.to_owned(), key);
                            let input = block["input"].to_string();
                            let content = hash(&input);
                            let kind = Kind::ToolCall(ToolCall {
                                name: text(&block["name"]),
                                input: Masked::from_scan(input),
                                outcome: Outcome::Requested,
                            });
                            events.push((key, content, Some(call.to_owned()), kind));
                        }
                        _ => {}
                    }
                }
            }
            "system" => {
                let record = line["uuid"].as_str().unwrap_or_default();
                let kind = Kind::System(System {
                    name: text(&line["subtype"]),
                    text: text(&line["content"]),
                });
                let id = NaturalKey::Record { session, record }.id();
                events.push((id, ContentHash(1), None, kind));
            }
            _ => {}
        }
        if batch.sessions.iter().all(|facts| facts.id != session) && !events.is_empty() {
            let native = Masked::from_scan(native.to_owned());
            batch.sessions.push(SessionFacts::new("claude-code", native, session));
        }
        for (id, content, call, kind) in events {
            batch.events.push(Event {
                id,
                incomplete_key: false,
                at,
                seen_at: Timestamp::default(),
                witness: Witness::Transcript,
                position: self.position,
                session: Some(session),
                thread: line["agentId"].as_str().map(|id| Masked::from_scan(id.to_owned())),
                turn: self.turn,
                tool_call: call.map(Masked::from_scan),
                process: None,
                content,
                kind,
            });
        }
    }
}

/// Good enough for a benchmark: never zero, and cheap.
fn hash(text: &str) -> ContentHash {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for chunk in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        for (cell, byte) in word.iter_mut().zip(chunk) {
            *cell = *byte;
        }
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }
    ContentHash(hash | 1)
}
