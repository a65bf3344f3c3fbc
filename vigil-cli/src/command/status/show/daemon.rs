//! The root daemon for people: how it stands, what it can do, what it noted.

use std::io;

use vigil_proto::report::{AnchorState, AnchorStatus, DaemonState, DaemonStatus, LeaseStatus};

use super::field;
use crate::terminal::{Console, DIM, GREEN, RED, YELLOW, count, plain};

pub(super) fn show(daemon: &DaemonStatus, console: &mut Console) -> io::Result<()> {
    field("daemon", state(daemon, console), console)?;
    field("", plain(&format!("sees {}", daemon.sees)), console)?;
    if !daemon.can.is_empty() {
        field("", can(daemon), console)?;
    }
    for lease in &daemon.leases {
        let LeaseStatus { of, port, seconds } = lease;
        field(
            "",
            format!("leads {} to port {port}, for {seconds} s at a time", plain(led(of))),
            console,
        )?;
    }
    match anchor(&daemon.anchor, console) {
        Some(words) => field("anchor", words, console),
        None => Ok(()),
    }
}

/// What a lease is of, by its word.
fn led(word: &str) -> &str {
    match word {
        "proxy" => "the system's programs",
        "capture" => "your own connections",
        other => other,
    }
}

fn state(daemon: &DaemonStatus, console: &Console) -> String {
    let word = daemon.state.as_str().replace('-', " ");
    let style = match daemon.state {
        DaemonState::Running => GREEN,
        DaemonState::Unknown | DaemonState::Absent => DIM,
        DaemonState::NotEnrolled
        | DaemonState::Refused
        | DaemonState::OtherVersion
        | DaemonState::NotRoot
        | DaemonState::Unreadable
        | DaemonState::Silent
        | DaemonState::Unreachable => YELLOW,
    };
    let administrator = if daemon.administrator { ", you are an administrator" } else { "" };
    let started = daemon
        .started
        .map_or_else(String::new, |at| format!(", started {}", console.clock.both(at)));
    let test = if daemon.test { format!("  {RED}test daemon{RED:#}") } else { String::new() };
    let why = daemon.why.as_ref().map_or_else(String::new, |why| format!(": {}", plain(why)));
    format!("{style}{word}{style:#}{started}{administrator}{why}{test}")
}

fn can(daemon: &DaemonStatus) -> String {
    let words: Vec<String> = daemon
        .can
        .iter()
        .map(|(name, ability)| {
            let yes = if ability.yes { "yes" } else { "no" };
            let why = ability.why.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
            plain(&format!("{name} {yes}{why}")).into_owned()
        })
        .collect();
    words.join(", ")
}

fn anchor(anchor: &AnchorStatus, console: &Console) -> Option<String> {
    let at = anchor.at.map_or_else(String::new, |at| format!(", noted {}", console.clock.both(at)));
    let link = anchor.count.map_or_else(String::new, |links| format!("link {}", count(links)));
    match anchor.state {
        AnchorState::Unknown if anchor.count.is_none() => None,
        AnchorState::Unknown | AnchorState::Follows => Some(format!("{link}{at}")),
        AnchorState::Nothing => Some("none yet".to_owned()),
        AnchorState::Ahead => {
            Some(format!("{RED}{link}{at}: this store is shorter{RED:#}; run vigil verify"))
        }
        AnchorState::Differs => {
            Some(format!("{RED}{link}{at}: not of this store's chain{RED:#}; run vigil verify"))
        }
        AnchorState::OtherStore => Some(
            "none of this store: only your own one is anchored, not one below VIGIL_HOME"
                .to_owned(),
        ),
    }
}
