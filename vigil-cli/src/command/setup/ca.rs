//! Step 2: the certificate authority of this user on this machine: limited by its own name constraints to
//! the listed hosts, good for a year. The running agent makes it; without one, the agent's program does
//! that and ends.

use std::{
    cell::Cell,
    fs,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use vigil_platform::{private, roots};
use vigil_proto::report::{AuthorityRemoved, AuthorityStatus, Rotation, Status};

use super::{
    Context, State,
    step::{Look, Step},
    undo::Undone,
};
use crate::{
    agent::Agent,
    args::StepName,
    command::{exec, service},
    failure::Failure,
    terminal::Console,
};

/// How long another one may take until it signs, or says what it waits for.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks.
const GLANCE: Duration = Duration::from_millis(100);

/// Its files, the list first: without it the others mean nothing.
const FILES: [&str; 5] = ["ca.pem", "next.pem", roots::BUNDLE, "next.key", "ca.key"];

thread_local! {
    /// `--regenerate-ca` was done by this run.
    static REGENERATED: Cell<bool> = const { Cell::new(false) };
}

pub(super) struct Ca;

impl Step for Ca {
    fn name(&self) -> StepName {
        StepName::Ca
    }

    fn find(&self, context: &Context<'_>, console: &Console) -> Result<Look, Failure> {
        let another = context.args.regenerate_ca && !REGENERATED.get();
        let Some(agent) = Agent::find(context.paths)? else { return without(context, another) };
        let authority = authority(&agent)?;
        if authority.fingerprint.is_some()
            && let Some(look) = gone(context)
        {
            return Ok(look);
        }
        if !authority.signs || another {
            let why = authority.why.clone().filter(|_| !authority.signs);
            if authority.fingerprint.is_none() {
                return Ok(Look::to_do(files(context)));
            }
            let rotation: Rotation = agent.order(&rotate(&authority, true))?;
            let mut look = Look::to_do(rotation.steps);
            look.why = why.map(|why| format!("the present one signs nothing: {why}"));
            return Ok(look);
        }
        let fingerprint = authority.fingerprint.unwrap_or_default();
        let ends = authority.ends.map(|ends| format!(", ends {}", console.clock.both(ends)));
        let mut look =
            Look::done().with(format!("SHA-256 {fingerprint}{}", ends.unwrap_or_default()));
        if let Some(next) = &authority.next {
            let waits = next.waits.clone().unwrap_or_default().join("; ");
            look = look.with(format!("{} follows it and waits for: {waits}", next.fingerprint));
        } else if let Some(due) = &authority.due {
            look = look.with(format!(
                "another is to follow: {due}; `vigil setup --regenerate-ca` does it"
            ));
        }
        Ok(look)
    }

    fn act(&self, context: &Context<'_>, _: &mut Console) -> Result<Vec<String>, Failure> {
        let Some(agent) = Agent::find(context.paths)? else {
            make(context)?;
            return Ok(Vec::new());
        };
        let before = authority(&agent)?;
        let _: Rotation = agent.order(&rotate(&before, false))?;
        REGENERATED.set(true);
        let asked = Instant::now();
        loop {
            let now = authority(&agent)?;
            let waits = now.next.as_ref().and_then(|next| next.waits.clone()).unwrap_or_default();
            let is_settled = now.signs && now.next.is_none();
            if is_settled || (now.signs && !waits.is_empty()) || asked.elapsed() > PATIENCE {
                return Ok(Vec::new());
            }
            thread::sleep(GLANCE);
        }
    }

    fn undo(&self, context: &Context<'_>, does: bool, _: &mut Console) -> Result<Undone, Failure> {
        let undone = Undone::of(StepName::Ca);
        let folder = context.paths.ca();
        let there = FILES.iter().map(|name| folder.join(name)).filter(|path| path.exists());
        let there: Vec<_> = there.collect();
        if there.is_empty() {
            return Ok(undone);
        }
        if !does {
            let lines = there.iter().map(|path| format!("delete {}", path.display()));
            return Ok(lines.fold(undone, Undone::would));
        }
        // One that ends meanwhile leaves the files to us.
        if let Some(agent) = Agent::find(context.paths)?
            && authority(&agent).is_ok()
        {
            let _: AuthorityRemoved = agent.order_with("ca/remove", &())?;
        }
        for path in there.iter().filter(|path| path.exists()) {
            if path.extension().is_some_and(|extension| extension == "key") {
                private::destroy(path)?;
            } else {
                fs::remove_file(path).map_err(|source| Failure::File {
                    operation: "remove",
                    path: path.clone(),
                    source,
                })?;
            }
        }
        Ok(undone.did(there.iter().map(|path| format!("deleted {}", path.display())).collect()))
    }
}

/// The order to have another one follow `present`; one that signs nothing waits for nobody.
fn rotate(present: &AuthorityStatus, dry_run: bool) -> String {
    format!("ca/rotate?now={}&dry_run={dry_run}", !present.signs)
}

fn authority(agent: &Agent) -> Result<AuthorityStatus, Failure> {
    let status: Status = agent.read("status")?;
    status.proxy.authority.ok_or_else(|| {
        Failure::new(
            "the agent runs without its proxy",
            "start it with the proxy: `vigil up` without --no-proxy, `proxy.enabled = true`",
        )
    })
}

/// The agent has one, and its file was taken away: only a new start has the agent see that.
fn gone(context: &Context<'_>) -> Option<Look> {
    let list = context.paths.ca().join("ca.pem");
    if list.try_exists().unwrap_or(true) {
        return None;
    }
    let anew = if service::proxy_port(context.paths).is_some() {
        "`vigil down`, then `vigil service install`"
    } else {
        "`vigil down`, then `vigil up`"
    };
    let why = format!("{} is gone, and the agent that runs has no other", list.display());
    let remedy =
        format!("{anew}: an agent that starts makes another one; then run `vigil setup` again");
    Some(Look { state: State::Failed, ..Look::left(why, remedy) })
}

/// Without an agent: whether there is one at all.
fn without(context: &Context<'_>, another: bool) -> Result<Look, Failure> {
    let folder = context.paths.ca();
    let list = folder.join("ca.pem");
    if another {
        let remedy = "start the agent (`vigil up`), then run `vigil setup --regenerate-ca` again";
        return Ok(Look::waits("only the running agent has another one follow", remedy));
    }
    if list.try_exists().map_err(|source| Failure::File {
        operation: "look at",
        path: list.clone(),
        source,
    })? {
        return Ok(Look::done().with(format!("{}; the agent does not run", list.display())));
    }
    Ok(Look::to_do(files(context)))
}

/// What is written where there is none.
fn files(context: &Context<'_>) -> Vec<String> {
    let list = context.paths.ca().join("ca.pem");
    let hosts = context.config.proxy.hosts.join(", ");
    vec![
        format!(
            "write {} (0600): a key that was never anywhere else",
            list.with_file_name("ca.key").display()
        ),
        format!(
            "write {} (0600): a certificate authority for one year and for these names alone: {hosts}",
            list.display()
        ),
        format!(
            "write {} (0600): the system's list of certificates with this one",
            list.with_file_name(roots::BUNDLE).display()
        ),
    ]
}

/// Has the agent's program make it and end.
fn make(context: &Context<'_>) -> Result<(), Failure> {
    let program = exec::sibling().ok_or_else(|| {
        Failure::new("there is no vigil-agent beside this vigil", "install Vigil again")
    })?;
    let ended = Command::new(&program)
        .arg("ca")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .map_err(|source| Failure::File { operation: "start", path: program, source })?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let what = said.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let folder = context.paths.ca().display();
    Err(Failure::new(
        format!("no certificate authority was made: {what}"),
        &format!("look at who may write {folder}, and run `vigil setup` again"),
    ))
}
