//! `vigil rehearse FILE`: what changed rules would find in what is recorded, before they are switched
//! on. Reads the store, changes nothing. What is recorded is masked: rules see what earlier ones
//! left.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, iter,
    ops::ControlFlow,
    path::Path,
};

use serde::Serialize;
use vigil_detect::{Custom, Engine, FingerprintKey};
use vigil_platform::paths::Paths;
use vigil_proto::{
    EventId, Severity, Triage,
    config::{
        detect::Detect,
        layers::{LayerError, Layered, Origin},
    },
    report::EventFilter,
};
use vigil_store::Reader;

use super::Outcome;
use crate::{
    args,
    failure::{Exit, Failure},
    settings, store,
    terminal::{BOLD, Console, Table, bytes, count, plain},
};

/// What is not seen, told with every answer.
const LIMITS: &str = "what is recorded is masked: a value that Vigil found already is not there to be found again, \
     and whether an exception by `pattern` or `prefix` holds cannot be known";

/// Events that are named for a rule.
const NAMED: usize = 3;

/// `vigil.rehearsal/1`.
#[derive(Debug, Default, Serialize)]
struct Rehearsal {
    /// Texts that were looked through.
    events: u64,
    bytes: u64,
    /// What would be new, by rule.
    rules: BTreeMap<String, New>,
    /// Open findings that an exception by fingerprint would have kept from being told.
    excepted: u64,
    /// What this cannot see.
    limits: &'static str,
}

/// What one rule would find.
#[derive(Debug, Serialize)]
struct New {
    severity: Severity,
    /// Different values.
    values: u64,
    /// Places.
    places: u64,
    /// Sessions that have one.
    sessions: u64,
    /// The first events that have one.
    first: Vec<EventId>,
    #[serde(skip)]
    seen: (BTreeSet<String>, BTreeSet<String>),
}

pub(super) fn run(args: &args::Rehearse, paths: &Paths, console: &mut Console) -> Outcome {
    let (detect, custom) = read(&args.rules)?;
    let current = settings::read(paths)?.custom;
    let Some(reader) = store::open(paths)? else {
        return Err(Failure::new("nothing is recorded yet", store::NOTHING_YET));
    };
    let mut told = Rehearsal { limits: LIMITS, ..Rehearsal::default() };
    // No fingerprint leaves this process, except those of canaries, which have their own key.
    let engine = |custom: Custom| -> Result<Engine, Failure> {
        let key = settings::fingerprints(paths)?;
        let custom = match key {
            Some(key) => custom.with_key(key),
            None => custom,
        };
        Ok(Engine::new(FingerprintKey::from_bytes([0; 32])).with_custom(custom))
    };
    look(&reader, &engine(custom)?, &engine(current)?, &mut told)?;
    told.excepted = excepted(&reader, &detect)?;
    if console.json {
        console.document("rehearsal", told)?;
    } else {
        print(&told, console)?;
    }
    Ok(Exit::Ok)
}

/// In how many places of recorded texts these rules of the configuration find something.
pub(super) fn would_mask(
    names: &[String],
    paths: &Paths,
) -> Result<BTreeMap<String, u64>, Failure> {
    let custom = settings::read(paths)?.custom;
    let mut told = Rehearsal::default();
    if let Some(reader) = store::open(paths)? {
        let engine = |custom| Engine::new(FingerprintKey::from_bytes([0; 32])).with_custom(custom);
        look(&reader, &engine(custom), &engine(Custom::default()), &mut told)?;
    }
    let places =
        |name: &String| told.rules.get(&format!("user_{name}")).map_or(0, |new| new.places);
    Ok(names.iter().map(|name| (name.clone(), places(name))).collect())
}

/// The rules of the file, which is one like the configuration.
fn read(path: &Path) -> Result<(Detect, Custom), Failure> {
    let text = fs::read_to_string(path).map_err(|source| Failure::File {
        operation: "read",
        path: path.to_owned(),
        source,
    })?;
    let wrong = |error| Failure::Config { path: path.to_owned(), error };
    let layered = Layered::new(Some(&text), iter::empty(), &[]).map_err(wrong)?;
    let detect = layered.config.detect;
    let today = jiff::Zoned::now().date().to_string();
    let custom = Custom::new(&detect, &today).map_err(|error| {
        let origin = Origin::File { line: error.line_in(&text) };
        wrong(LayerError { origin, message: error.to_string(), hint: Some(error.hint) })
    })?;
    if custom.is_empty() && !custom.expired().is_empty() {
        let reasons: Vec<String> =
            custom.expired().iter().map(|reason| format!("\"{}\"", plain(reason))).collect();
        return Err(Failure::new(
            format!(
                "{} has no rules, and its exceptions are over: {}",
                path.display(),
                reasons.join(", ")
            ),
            "move their `expires`, or take them out",
        ));
    }
    if custom.is_empty() {
        return Err(Failure::new(
            format!("{} has no rules", path.display()),
            "it needs a section such as [detect.rules.NAME]; `vigil config init` shows one",
        ));
    }
    Ok((detect, custom))
}

/// Looks for what `changed` finds and `current` does not.
fn look(
    reader: &Reader,
    changed: &Engine,
    current: &Engine,
    told: &mut Rehearsal,
) -> Result<(), Failure> {
    let filter = EventFilter { with_text: true, ..EventFilter::default() };
    reader.events(&filter, |row| {
        let Some(text) = row.text.as_ref().map(vigil_proto::Masked::as_str) else {
            return ControlFlow::Continue(());
        };
        told.events += 1;
        told.bytes += text.len() as u64;
        let mut hits = changed.scan(text);
        // What Vigil's own rules find beside a new hit is not of the rules that are rehearsed.
        hits.retain(|hit| matches!(hit.rule.group, "user" | "canary"));
        if hits.is_empty() {
            return ControlFlow::Continue(());
        }
        let known = current.scan(text);
        hits.retain(|hit| {
            !known.iter().any(|known| known.start == hit.start && known.rule.name == hit.rule.name)
        });
        for hit in hits.iter().filter(|hit| !hit.documented_example) {
            let new = told.rules.entry(hit.rule.name.to_owned()).or_insert_with(|| New {
                severity: hit.severity,
                values: 0,
                places: 0,
                sessions: 0,
                first: Vec::new(),
                seen: <_>::default(),
            });
            new.places += 1;
            new.values += u64::from(new.seen.0.insert(changed.shown(text, hit).1.to_string()));
            if let Some(session) = &row.session {
                new.sessions += u64::from(new.seen.1.insert(session.as_str().to_owned()));
            }
            if new.first.len() < NAMED && new.first.last() != Some(&row.id) {
                new.first.push(row.id);
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(())
}

/// Open findings whose fingerprint the file excepts.
fn excepted(reader: &Reader, detect: &Detect) -> Result<u64, Failure> {
    let findings = reader.findings()?.findings;
    let open = findings.iter().filter(|finding| finding.state == Triage::Open);
    let is_excepted = |finding: &&vigil_proto::report::FindingRow| {
        detect.allow.iter().any(|allow| {
            let rule = allow.rule.as_ref().is_none_or(|rule| *rule == finding.rule);
            rule && allow.fingerprint.is_some() && allow.fingerprint == finding.fingerprint
        })
    };
    Ok(open.filter(is_excepted).count() as u64)
}

fn print(told: &Rehearsal, console: &mut Console) -> std::io::Result<()> {
    if told.rules.is_empty() {
        console.say("These rules would find nothing new.");
    } else {
        let mut table =
            Table::new(&["RULE", "SEVERITY", ">VALUES", ">PLACES", ">SESSIONS", "FIRST"]);
        for (rule, new) in &told.rules {
            table.row([
                rule.clone(),
                new.severity.to_string(),
                count(new.values),
                count(new.places),
                count(new.sessions),
                new.first.first().map_or_else(String::new, |id| format!("event {id}")),
            ]);
        }
        let text = table.to_string();
        let mut lines = text.lines();
        if let Some(head) = lines.next() {
            console.line(format_args!("{BOLD}{head}{BOLD:#}"))?;
        }
        for line in lines {
            console.line(line)?;
        }
    }
    if told.excepted > 0 {
        console.say(format_args!("{} open findings are excepted.", count(told.excepted)));
    }
    console.say(format_args!(
        "Looked through {} texts ({}); {LIMITS}.",
        count(told.events),
        bytes(told.bytes)
    ));
    Ok(())
}
