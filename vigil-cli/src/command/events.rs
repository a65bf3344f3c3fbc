//! `vigil events`: everything that happened, streamed row by row, never held as a whole.

use std::{num::NonZeroU64, ops::ControlFlow};

use vigil_platform::paths::Paths;
use vigil_proto::{
    KindName,
    report::{EventFilter, EventRow},
};

use super::{Outcome, asked_session, since};
use crate::{
    args,
    failure::{Exit, Failure},
    store,
    terminal::{Console, DIM, block, plain, shorten},
};

pub(super) fn run(args: &args::Events, paths: &Paths, console: &mut Console) -> Outcome {
    let reader = store::open(paths)?;
    let form = match (args.jsonl, console.json) {
        (true, _) => Form::Lines,
        (_, true) => Form::Document,
        _ => Form::Words,
    };
    // Of a change, its name alone says little, and its text is one line.
    let are_changes = form == Form::Words && args.kind == Some(KindName::ConfigChange);
    let filter = EventFilter {
        key: asked_session(args.session.as_deref(), reader.as_ref())?,
        kind: args.kind,
        since: since(args.since.as_deref(), console)?,
        limit: args.limit.map(NonZeroU64::get),
        with_text: args.text || are_changes,
        ..EventFilter::default()
    };
    let is_narrowed = filter.key.is_some() || filter.kind.is_some() || filter.since.is_some();
    if form == Form::Document {
        console.raw(b"{\"schema\":\"vigil.events/1\",\"events\":[")?;
    }
    let mut rows = 0_u64;
    let mut failed = None;
    if let Some(reader) = &reader {
        reader.events(&filter, |row| {
            let written = write(&row, form, rows, console);
            rows += 1;
            match written {
                Ok(()) => ControlFlow::Continue(()),
                Err(failure) => {
                    failed = Some(failure);
                    ControlFlow::Break(())
                }
            }
        })?;
    }
    if let Some(failure) = failed {
        return Err(failure);
    }
    match form {
        Form::Document => console.raw(b"]}\n")?,
        Form::Words if rows == 0 && is_narrowed && reader.is_some() => {
            console.say("No event matches. `vigil events` lists them all.");
        }
        Form::Words if rows == 0 => {
            console.say(format_args!("No events. {}", store::NOTHING_YET));
        }
        Form::Words | Form::Lines => {}
    }
    Ok(Exit::Ok)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Words,
    Lines,
    Document,
}

fn write(row: &EventRow, form: Form, before: u64, console: &mut Console) -> Result<(), Failure> {
    match form {
        Form::Lines => console.json_line(row),
        Form::Document => {
            if before > 0 {
                console.raw(b",")?;
            }
            console.json_part(row)
        }
        Form::Words => words(row, console),
    }
}

fn words(row: &EventRow, console: &mut Console) -> Result<(), Failure> {
    let at = console.clock.to_the_second(row.at);
    let session = row.session.as_ref().map_or("-", |id| id.as_str());
    let mut parts = vec![
        format!("{DIM}{at}{DIM:#}"),
        format!("{:<13}", row.kind.as_str()),
        format!("{:<8}", first(session, 8)),
    ];
    parts.extend(row.turn.map(|turn| format!("turn {turn}")));
    parts.extend(row.name.as_ref().map(|name| shorten(name.as_str(), 40)));
    parts.extend(machine(row));
    parts.extend(row.outcome.map(|outcome| outcome.to_string()));
    parts.push(format!("{DIM}{}{DIM:#}", plain(&row.witnesses.join("+"))));
    parts.extend(row.conflicts_with.map(|other| format!("contradicts {other}")));
    console.line(parts.join("  "))?;
    if let Some(text) = row.text.as_ref().filter(|text| !text.as_str().is_empty()) {
        console.line(block(text.as_str(), "    "))?;
    }
    Ok(())
}

/// What there is to say of a process, and which way a connection went.
fn machine(row: &EventRow) -> Vec<String> {
    let detail = |name: &str| row.detail.get(name);
    match row.kind {
        KindName::Process => {
            let end = |name: &str| detail("exit").and_then(|exit| exit.get(name)?.as_u64());
            let ended = match (end("code"), end("signal")) {
                (Some(code), _) => Some(format!("exit {code}")),
                (None, Some(signal)) => Some(format!("signal {signal}")),
                (None, None) => detail("ended").map(|_| "ended".to_owned()),
            };
            let pid = row.process.map(|process| format!("pid {}", process.pid));
            row.client.iter().map(|client| shorten(client, 40)).chain(pid).chain(ended).collect()
        }
        KindName::Connection => {
            let port = detail("port").and_then(serde_json::Value::as_u64);
            let way = detail("way").and_then(|way| way.as_str()).map(|way| shorten(way, 40));
            let open = detail("open").map(|_| "open".to_owned());
            port.map(|port| format!("port {port}")).into_iter().chain(way).chain(open).collect()
        }
        _ => Vec::new(),
    }
}

/// The first characters, harmless.
fn first(text: &str, characters: usize) -> String {
    plain(text).chars().take(characters).collect()
}
