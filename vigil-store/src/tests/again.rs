//! Masking again: what is stored and only newer rules find leaves every file, is told of, and the
//! audit chain stays whole.

mod killed;
mod whole;

use std::{ops::Range, path::Path, sync::Arc};

use vigil_proto::{
    Batch, Checkpoint, Confidence, EventId, Finding, FindingId, Kind, Masked, Outcome, Severity,
    Span, Subagent, Timestamp, Triage, Witness,
    batch::TitleRank,
    event::{CallRank, Field, Way},
    report::MaskingStatus,
};

use super::{
    machine::{called, flow, kernel, process},
    parts::{
        Bench, batch, call_of, finding, in_thread, masked, model_call, prompt, response, second,
        session, tool_result,
    },
};
use crate::{MaskAgain, Masker, MaskingStep, Remasked, Stop, Suppression, SuppressionOf, Writer};

/// What nobody took for a secret when it was stored. It has no letters between digits, so that the
/// index of words has it whole.
const WORD: &str = "unmistakablevalue20261126";
const MASK: &str = "[[vigil:user_word::0123456789abcdef]]";

/// Finds [`WORD`], like an engine with a rule for it.
struct Words;

impl Masker for Words {
    fn again(&self, text: &str, place: Option<(EventId, Field)>) -> Option<Remasked> {
        let places: Vec<Range<usize>> =
            text.match_indices(WORD).map(|(at, word)| at..at + word.len()).collect();
        let first = places.first()?.start;
        let found = place.map(|(event, field)| Finding {
            id: FindingId::of("user_word", WORD.as_bytes()),
            rule: "user_word".to_owned(),
            group: "user".to_owned(),
            severity: Severity::High,
            confidence: Confidence::High,
            event,
            span: Some(Span {
                field,
                start: u32::try_from(first).unwrap(),
                end: u32::try_from(first + MASK.len()).unwrap(),
            }),
            evidence: masked(MASK),
            why: masked("what a rule of the test finds"),
            sealed: None,
        });
        let grown = MASK.len() - WORD.len();
        let moved = move |place: Range<usize>| {
            let before = places.iter().filter(|word| word.end <= place.start).count();
            place.start + before * grown..place.end + before * grown
        };
        Some(Remasked {
            text: masked(text.replace(WORD, MASK)),
            findings: found.into_iter().collect(),
            moved: Box::new(moved),
        })
    }

    fn evidence(&self, text: &str, place: Range<usize>) -> Masked {
        masked(text.get(place).unwrap_or_default())
    }
}

fn order(rules: u8, at: i64) -> MaskAgain {
    MaskAgain {
        rules: vec![rules; 16],
        masker: Arc::new(Words),
        at: second(at),
        anew_since: None,
        may_rebuild: true,
        stop: Stop::default(),
    }
}

/// Goes on until nothing is left to do.
fn to_the_end(writer: &Writer, rules: u8) -> MaskingStatus {
    for _ in 0..10_000 {
        match writer.mask_again(order(rules, 2000)).unwrap() {
            MaskingStep::Done(status) => return status,
            MaskingStep::Busy => std::thread::sleep(std::time::Duration::from_millis(20)),
            MaskingStep::More | MaskingStep::BigNext => {}
        }
    }
    panic!("it never ended");
}

/// A store with the word in every place that a text can be in, more than once in most.
fn filled() -> Bench {
    let bench = Bench::new();
    let long = format!("a long answer with {WORD} in it {}", "and many words ".repeat(30));
    let asked = prompt(1, &format!("the aaaa key and {WORD}, then bbbb"));
    let mut results = vec![tool_result(4, "t1", &format!("no {WORD}"), Outcome::Denied)];
    if let Kind::ToolResult(result) = &mut results[0].kind {
        result.denied_by = Some(masked(format!("the hook {WORD}")));
    }
    let mut call = model_call(5, "m1", 7, CallRank::Stopped);
    if let Kind::ModelCall(call) = &mut call.kind {
        call.stop_reason = Some(masked(format!("stopped by {WORD}")));
    }
    let mut told = batch(
        Witness::Transcript,
        vec![
            asked.clone(),
            response(2, "m1", &long),
            call_of(3, "Write", &format!("t{WORD}"), &format!(r#"{{"file_path":"/src/{WORD}"}}"#)),
            call_of(3, &format!("tool-{WORD}"), "t1", "{}"),
            results.remove(0),
            call,
            in_thread("a1", prompt(6, &format!("asked by the agent for {WORD}"))),
        ],
    );
    told.source.place = masked(format!("/place/{WORD}.jsonl"));
    told.sessions[0].cwd = Some(masked(format!("/home/{WORD}")));
    told.sessions[0].version = Some(masked(format!("1.0-{WORD}")));
    told.sessions[0].branch = Some(masked(format!("branch/{WORD}")));
    told.sessions[0].title = Some((TitleRank::Summary, masked(format!("about {WORD}"))));
    told.subagents.push(Subagent {
        session: session(),
        thread: masked("a1"),
        started_by: Some(masked(format!("t{WORD}"))),
        agent_type: Some(masked(format!("agent of {WORD}"))),
    });
    told.checkpoint = Some(Checkpoint {
        source: told.source.id,
        device: 1,
        inode: 2,
        head: 3,
        head_len: 4,
        offset: 5,
        state: format!(r#"{{"waiting_title":"{WORD}"}}"#).into_bytes(),
        at: Timestamp::default(),
    });
    let text = |start: usize, end: usize| Span {
        field: Field::Text,
        start: u32::try_from(start).unwrap(),
        end: u32::try_from(end).unwrap(),
    };
    let behind = 4 + "aaaa key and ".len() + WORD.len() + ", then ".len();
    let found = vec![
        finding("aaaa", Severity::High, asked.id, text(4, 8)),
        finding(&format!("bbbb {WORD}"), Severity::Low, asked.id, text(behind, behind + 4)),
    ];
    let known = found[1].id;
    bench.writer.submit(told, found).unwrap();
    bench.writer.flush().unwrap();
    machine(&bench);
    let note = Some(masked(format!("a note on {WORD}")));
    bench.writer.triage(vec![known], Triage::Acknowledged, note, second(40)).unwrap();
    let of = SuppressionOf::Path {
        rule: "aws_access_key".to_owned(),
        path: masked(format!("**/{WORD}/**")),
    };
    let reason = masked(format!("because of {WORD}"));
    bench.writer.suppress(Suppression { of, reason, expires: None }, second(50)).unwrap();
    // Rows that change leave their former selves behind in their pages.
    for n in 0..60 {
        let mut more = batch(Witness::Transcript, vec![response(60 + n, &format!("n{n}"), "more")]);
        more.source.place = masked(format!("/place/{WORD}.jsonl"));
        bench.put(more);
    }
    bench
}

/// Processes and connections, whose texts stand in tables of their own.
fn machine(bench: &Bench) {
    let mut shell = called(process(101, 1, &format!("bash -c {WORD}")), "t1");
    let Kind::Process(known) = &mut shell.kind else { panic!("another kind") };
    known.exe = Some(masked(format!("/bin/{WORD}")));
    known.cwd = Some(masked(format!("/srv/{WORD}")));
    let mut host = flow(5001, 3, &format!("{WORD}.example.com"), Way::Past);
    let Kind::Connection(known) = &mut host.kind else { panic!("another kind") };
    known.detail = Some(masked(format!("closed by {WORD}")));
    bench.put(kernel(vec![process(100, 0, "claude"), shell.clone(), host]));
    // A longer command line that replaces the first one, which is kept as an earlier one.
    let Kind::Process(known) = &mut shell.kind else { panic!("another kind") };
    known.argv = masked(format!("node {WORD} {}", "--flag ".repeat(30)));
    shell.seen_at = Timestamp::from_micros(shell.seen_at.as_micros() + 9_000_000);
    let mut again: Batch<Masked> = kernel(vec![shell]);
    again.sessions = batch(Witness::Transcript, Vec::new()).sessions;
    bench.put(again);
}

/// The files of the folder that have the word.
fn files_with(dir: &Path, word: &str) -> Vec<String> {
    let has = |path: &Path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.windows(word.len()).any(|window| window == word.as_bytes())
    };
    std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| has(path))
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}
