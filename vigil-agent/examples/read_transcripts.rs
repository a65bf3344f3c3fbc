//! Reads every transcript below a home folder without a store, and prints what the events add
//! up to, the CPU time and the peak memory. `read_transcripts HOME`

#![expect(clippy::print_stdout, reason = "a program for measuring; its output is the point")]

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    sync::Arc,
    thread,
    time::Instant,
};

use vigil_agent::{
    pipeline::{Exclusions, Inlet, Message, Pause, Shared},
    source::transcript::{self, Options},
};
use vigil_proto::{ContentHasher, Kind, Usage, batch::Counts};

#[derive(Default)]
struct Sums {
    sessions: HashSet<String>,
    titled: HashSet<String>,
    subagents: HashSet<String>,
    calls: HashMap<vigil_proto::EventId, Usage>,
    kinds: BTreeMap<&'static str, HashSet<vigil_proto::EventId>>,
    outcomes: BTreeMap<&'static str, u64>,
    unpaired: u64,
    conflicts: u64,
    contents: HashMap<vigil_proto::EventId, u64>,
    state_bytes: usize,
    batches: u64,
    counts: Counts,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let home = std::env::args_os().nth(1).ok_or("usage: read_transcripts HOME")?;
    let shared = Shared {
        hasher: ContentHasher::new([7; 32]),
        checkpoints: Box::new(|_| None),
        exclusions: Exclusions::default(),
        pause: Pause::default(),
    };
    let (inlet, messages) = Inlet::new(Arc::new(shared));
    let light = std::env::args().nth(2).is_some_and(|word| word == "light");
    let adder = thread::spawn(move || {
        let mut sums = Sums::default();
        for message in messages {
            match message {
                Message::Batch(batch) if light => sums.batches += u64::from(!batch.is_empty()),
                Message::Batch(batch) => add(&mut sums, *batch),
                Message::Flush(done) => drop(done.send(())),
            }
        }
        sums
    });
    let started = Instant::now();
    let options = Options { home: home.into(), ..Options::default() };
    let read = transcript::ingest_once(&options, &inlet, &())?;
    drop(inlet);
    let sums = adder.join().map_err(|_| "adding up failed")?;

    println!("{read:?} in {:.2} s, {} batches", started.elapsed().as_secs_f64(), sums.batches);
    let usage: Usage = sums.calls.values().copied().sum();
    println!(
        "sessions {} ({} titled), {} sub-agents",
        sums.sessions.len(),
        sums.titled.len(),
        sums.subagents.len()
    );
    println!("messages {} {usage:?}", sums.calls.len());
    for (kind, ids) in &sums.kinds {
        println!("{kind} {}", ids.len());
    }
    println!("outcomes {:?}, results without a known call {}", sums.outcomes, sums.unpaired);
    println!("conflicts {}, largest state {} bytes", sums.conflicts, sums.state_bytes);
    println!("{:?}", sums.counts);
    println!("{}", process_facts());
    Ok(())
}

fn add(sums: &mut Sums, batch: vigil_proto::Batch<vigil_proto::Sensitive>) {
    sums.batches += 1;
    for facts in batch.sessions {
        if facts.title.is_some() {
            sums.titled.insert(facts.native.expose().to_owned());
        }
        sums.sessions.insert(facts.native.into_clear());
    }
    sums.subagents.extend(batch.subagents.into_iter().map(|link| link.thread.into_clear()));
    for (name, n) in batch.counts {
        *sums.counts.entry(name).or_default() += n;
    }
    if let Some(checkpoint) = batch.checkpoint {
        sums.state_bytes = sums.state_bytes.max(checkpoint.state.len());
    }
    for event in batch.events {
        let known = *sums.contents.entry(event.id).or_insert(event.content.0);
        if known != event.content.0 {
            sums.conflicts += 1;
        }
        sums.kinds.entry(event.kind.name().as_str()).or_default().insert(event.id);
        match event.kind {
            Kind::ModelCall(call) => drop(sums.calls.insert(event.id, call.usage)),
            Kind::ToolResult(result) => {
                *sums.outcomes.entry(result.outcome.as_str()).or_default() += 1;
                sums.unpaired += u64::from(result.call.is_none());
            }
            _ => {}
        }
    }
}

/// CPU ticks (10 ms each) and peak memory, where the system tells.
fn process_facts() -> String {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<&str> = after_name.split_whitespace().skip(11).take(2).collect();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM unknown");
    format!("user and system ticks {ticks:?}; {peak}")
}
