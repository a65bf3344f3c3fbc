//! `vigil ca`: how the local certificate authority stands, and having another one follow it. The
//! running agent does that; here it is asked, and what comes of it is told.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use vigil_platform::paths::Paths;
use vigil_proto::report::{AuthorityStatus, NextAuthority, Rotation, Status};

use super::Outcome;
use crate::{
    agent::Agent,
    args,
    failure::{Exit, Failure},
    terminal::{Console, GREEN, YELLOW, plain},
};

/// How long it may take until it is known what the next one waits for: the root daemon may have the
/// machine's list to make anew.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks.
const GLANCE: Duration = Duration::from_millis(100);

pub(super) fn run(args: &args::Ca, paths: &Paths, console: &mut Console) -> Outcome {
    let agent = Agent::require(paths)?;
    match args.action {
        None => {
            let authority = read(&agent)?;
            if console.json {
                console.document("ca", authority)?;
            } else {
                show(&authority, console)?;
            }
            Ok(Exit::Ok)
        }
        Some(args::CaAction::Rotate { now, dry_run }) => rotate(&agent, now, dry_run, console),
    }
}

fn rotate(agent: &Agent, now: bool, dry_run: bool, console: &mut Console) -> Outcome {
    let mut rotation: Rotation = agent.order(&format!("ca/rotate?now={now}&dry_run={dry_run}"))?;
    let asked = Instant::now();
    while !dry_run && is_open(&rotation.authority) && asked.elapsed() < PATIENCE {
        thread::sleep(GLANCE);
        rotation.authority = read(agent)?;
    }
    if console.json {
        console.document("ca_rotate", rotation)?;
        return Ok(Exit::Ok);
    }
    if dry_run {
        console.line("What `vigil ca rotate` would do:")?;
        for (at, step) in rotation.steps.iter().enumerate() {
            console.line(format_args!("  {}. {}", at + 1, plain(step)))?;
        }
        console.line("")?;
    }
    show(&rotation.authority, console)?;
    Ok(Exit::Ok)
}

/// Whether it is not known yet what becomes of the next one.
fn is_open(authority: &AuthorityStatus) -> bool {
    authority.next.as_ref().is_some_and(|next| next.waits.as_ref().is_none_or(Vec::is_empty))
}

fn read(agent: &Agent) -> Result<AuthorityStatus, Failure> {
    let status: Status = agent.read("status")?;
    status.proxy.authority.ok_or_else(|| {
        Failure::new(
            "the agent runs without its proxy",
            "start it with the proxy: `vigil up` without --no-proxy, `proxy.enabled = true`",
        )
    })
}

fn show(authority: &AuthorityStatus, console: &mut Console) -> io::Result<()> {
    let at = |at, console: &Console| console.clock.both(at);
    match &authority.why {
        Some(why) if !authority.signs => {
            console.line(format_args!("{YELLOW}signs nothing{YELLOW:#}: {}", plain(why)))?;
        }
        _ => console.line(format_args!("{GREEN}signs{GREEN:#} for listed hosts"))?,
    }
    if let Some(fingerprint) = &authority.fingerprint {
        console.line(format_args!("  SHA-256  {}", plain(fingerprint)))?;
    }
    if let Some(ends) = authority.ends {
        let ends = at(ends, console);
        console.line(format_args!("  ends     {ends}"))?;
    }
    console.line(format_args!("  hosts    {}", plain(&authority.hosts.join(", "))))?;
    if !authority.missing.is_empty() {
        let missing = authority.missing.join(", ");
        console.line(format_args!("  not for  {}", plain(&missing)))?;
    }
    if let Some(next) = &authority.next {
        show_next(next, console)?;
    } else if let Some(due) = &authority.due {
        console.line(format_args!("\nAnother is to follow: {}. `vigil ca rotate`", plain(due)))?;
    }
    if !authority.former.is_empty() {
        let former = authority.former.join(", ");
        console.line(format_args!("\nTrusted still, and to be removed: {}", plain(&former)))?;
    }
    Ok(())
}

fn show_next(next: &NextAuthority, console: &mut Console) -> io::Result<()> {
    let since = console.clock.both(next.since);
    console.line(format_args!("\nNext: {}, listed {since}", plain(&next.fingerprint)))?;
    let waits = next.waits.iter().flatten();
    for wait in waits {
        console.line(format_args!("  waits for {}", plain(wait)))?;
    }
    Ok(())
}
