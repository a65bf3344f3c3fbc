//! `vigil setup`: each step is looked at, shown, and only then done; each can be taken back. A step only
//! calls what exists by itself (`vigil service`, `vigil ca`, `vigil route`); what is done already is left
//! as it is, so that a second run changes nothing and one that was cut short is carried on.

use std::{
    env,
    io::{self, BufRead as _, IsTerminal as _},
};

use serde::Serialize;
use vigil_platform::{paths::Paths, process};
use vigil_proto::Config;

use super::Outcome;
use crate::{
    agent::Agent,
    args::{self, SetupPlatform, StepName},
    failure::{Exit, Failure},
    settings, stop,
    terminal::{Console, DIM, GREEN, RED, YELLOW, plain},
};

mod alone;
mod browser;
mod ca;
mod consent;
mod dashboard;
mod macos;
mod route;
mod service;
mod step;
mod surroundings;
mod trust;
mod undo;

use self::step::{Look, Row, State, Step, word};
pub(super) use self::undo::undo_everything;

/// The steps in their order.
const STEPS: [&dyn Step; 6] = [
    &service::Service,
    &ca::Ca,
    &trust::Trust,
    &route::Route,
    &browser::Browsers,
    &dashboard::Dashboard,
];

/// What every step knows.
struct Context<'a> {
    args: &'a args::Setup,
    paths: &'a Paths,
    config: Config,
}

impl Context<'_> {
    /// How a step stands. Without a proxy there is nothing to be trusted, and nowhere to lead anybody.
    fn look(&self, step: &dyn Step, console: &Console) -> Look {
        let of_proxy = matches!(step.name(), StepName::Ca | StepName::Trust | StepName::Route);
        if of_proxy && !self.config.proxy.enabled {
            return Look::left(
                "the proxy is switched off: only what clients write down themselves is recorded",
                format!(
                    "`proxy.enabled = true` in {} switches it on",
                    self.paths.config_file().display()
                ),
            );
        }
        step.look(self, console)
    }
}

/// `vigil.setup/1`.
#[derive(Debug, Serialize)]
struct SetupReport {
    /// Nothing was changed.
    dry_run: bool,
    /// Whose commands are shown.
    platform: &'static str,
    consent: consent::Consented,
    steps: Vec<Row>,
}

pub(super) fn run(args: &args::Setup, paths: &Paths, console: &mut Console) -> Outcome {
    if let Some(place) = &args.test_stop_at {
        stop::set(place);
    }
    if let Some(platform) = args.platform
        && let Some(shown) = elsewhere(platform, args, paths, console)?
    {
        return Ok(shown);
    }
    if super::is_by_sudo() {
        return Err(Failure::new(
            "this would set Vigil up for root, and not for you",
            "run `vigil setup` without sudo; what needs root is done by the root daemon",
        ));
    }
    let context = Context { args, paths, config: settings::read(paths)?.layered.config };
    if let Some(step) = args.undo {
        return undo::run(step, &context, console);
    }
    let steps: Vec<&dyn Step> =
        STEPS.into_iter().filter(|step| is_wanted(step.name(), args)).collect();
    let mut looks = Vec::new();
    for step in &steps {
        looks.push(context.look(*step, console));
    }
    let consented = consent::look(paths)?;
    let has_work = looks.iter().any(|look| look.state == State::ToDo);
    let asks = !args.dry_run && !args.yes && (has_work || !consented.agreed);
    if asks && (console.json || !io::stdin().is_terminal()) {
        return Err(Failure::new(
            "nobody is there to be asked, so nothing was done",
            "`vigil setup --dry-run` shows what would be done, `vigil setup --yes` does it",
        ));
    }
    let Some(consented) = consent::ask(consented, &context, console)? else {
        console.say("Nothing was done.");
        return Ok(Exit::Failed);
    };
    // One that is only shown holds up nobody.
    let held = if args.dry_run { None } else { Some(alone::hold(paths, console)?) };
    // Another one may have changed what was seen before.
    if held.is_some() && looks.iter().any(|look| look.state != State::Done) {
        looks = steps.iter().map(|step| context.look(*step, console)).collect();
    }
    let rows = go(&steps, looks, &context, console)?;
    drop(held);
    let exit = exit(&rows, &context);
    if console.json {
        let report = SetupReport {
            dry_run: args.dry_run,
            platform: env::consts::OS,
            consent: consented,
            steps: rows,
        };
        console.document("setup", report)?;
        return Ok(exit);
    }
    last_words(&rows, &context, console);
    Ok(exit)
}

fn is_wanted(step: StepName, args: &args::Setup) -> bool {
    args.only.is_empty() || args.only.contains(&step)
}

/// Takes the steps, each after the one before.
fn go(
    steps: &[&dyn Step],
    looks: Vec<Look>,
    context: &Context<'_>,
    console: &mut Console,
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    let (mut was_changed, mut agrees) = (false, context.args.yes);
    for (step, first) in steps.iter().zip(looks) {
        // What was done since may have made it another matter.
        let look = if was_changed { context.look(*step, console) } else { first };
        let name = step.name();
        let look = after(name, look, &rows, context.args.dry_run);
        if look.state != State::ToDo || context.args.dry_run {
            show(name, &look, console)?;
            rows.push(Row::new(name, look));
            continue;
        }
        show(name, &look, console)?;
        let plan = look.plan.clone();
        if !agrees && !agreed(&mut agrees, console)? {
            let look = Look { state: State::Declined, ..look };
            console.line(format_args!("{:<10} {YELLOW}declined{YELLOW:#}", word(name)))?;
            rows.push(Row::new(name, look));
            continue;
        }
        was_changed = true;
        stop::at(&format!("{}-before", word(name)));
        let done = match step.act(context, console) {
            Ok(notes) => settled(context.look(*step, console), notes),
            Err(failure) => Look::failed(&failure),
        };
        stop::at(&format!("{}-after", word(name)));
        show_end(name, &done, console)?;
        rows.push(Row::new(name, Look { plan, ..done }));
    }
    Ok(rows)
}

/// The same step with a view to those before it: nobody is led to a proxy that is not trusted, and what
/// is only shown cannot be tried.
fn after(name: StepName, look: Look, before: &[Row], dry_run: bool) -> Look {
    let is = |step, state| before.iter().any(|row| row.step() == step && row.look.state == state);
    let waits = |why: &str, look: Look| Look {
        plan: look.plan,
        notes: look.notes,
        // The same run goes on with it.
        remedy: (!dry_run).then(|| "once that is done, run `vigil setup` again".to_owned()),
        ..Look::waits(why, "")
    };
    match name {
        StepName::Trust | StepName::Route | StepName::Dashboard
            if dry_run && look.state == State::Waits && is(StepName::Service, State::ToDo) =>
        {
            waits("it is found out once the step `service` has started the agent", look)
        }
        StepName::Trust
            if dry_run
                && look.state == State::Failed
                && (is(StepName::Ca, State::ToDo) || is(StepName::Service, State::ToDo)) =>
        {
            waits("it is found out once the step before it is done", look)
        }
        StepName::Route | StepName::Trust
            if look.state == State::ToDo
                && [StepName::Ca, StepName::Trust].iter().any(|step| is(*step, State::Failed)) =>
        {
            waits("a step before it failed: nobody is led to a proxy that is not trusted", look)
        }
        _ => look,
    }
}

/// What is left to do of a step after it was done is a failure of its own.
fn settled(look: Look, notes: Vec<String>) -> Look {
    let mut look = match look.state {
        State::ToDo => Look {
            state: State::Failed,
            why: Some(format!("it was done and is not so: {}", look.plan.join("; "))),
            remedy: Some("`vigil setup` tries again; `vigil logs` may say why".to_owned()),
            ..look
        },
        _ => look,
    };
    look.notes
        .extend(notes.into_iter().filter(|note| !look.notes.contains(note)).collect::<Vec<_>>());
    look
}

/// Asks for one step; who wants all of them is not asked again.
fn agreed(all: &mut bool, console: &mut Console) -> Result<bool, Failure> {
    console.say("Do this? [y/N/all]");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    *all = matches!(answer.trim(), "a" | "all");
    Ok(*all || matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn show(name: StepName, look: &Look, console: &mut Console) -> Result<(), Failure> {
    if console.json {
        return Ok(());
    }
    show_state(name, look, console)?;
    for line in &look.plan {
        let style = match line.trim_start().chars().next() {
            Some('+') => GREEN,
            Some('-') => RED,
            _ => DIM,
        };
        console.line(format_args!("    {style}{}{style:#}", plain(line)))?;
    }
    Ok(())
}

/// What became of a step whose plan was shown.
fn show_end(name: StepName, look: &Look, console: &mut Console) -> Result<(), Failure> {
    if console.json { Ok(()) } else { show_state(name, look, console) }
}

fn show_state(name: StepName, look: &Look, console: &mut Console) -> Result<(), Failure> {
    let (state, style) = match look.state {
        State::Done => ("done", GREEN),
        State::ToDo => ("to do", YELLOW),
        State::Declined => ("declined", YELLOW),
        State::Left => ("left to you", YELLOW),
        State::Waits => ("waits", YELLOW),
        State::Failed => ("failed", RED),
    };
    console.line(format_args!("{:<10} {style}{state}{style:#}", word(name)))?;
    if let Some(why) = &look.why {
        console.line(format_args!("  {}", plain(why)))?;
    }
    if let Some(remedy) = &look.remedy {
        console.line(format_args!("  {GREEN}next:{GREEN:#} {}", plain(remedy)))?;
    }
    for note in &look.notes {
        console.line(format_args!("  {DIM}{}{DIM:#}", plain(note)))?;
    }
    Ok(())
}

fn exit(rows: &[Row], context: &Context<'_>) -> Exit {
    let has = |state| rows.iter().any(|row| row.look.state == state);
    if has(State::Failed) {
        Exit::Failed
    } else if has(State::Waits) && !context.args.dry_run {
        match Agent::find(context.paths) {
            Ok(None) => Exit::NotRunning,
            _ => Exit::Failed,
        }
    } else {
        Exit::Ok
    }
}

fn last_words(rows: &[Row], context: &Context<'_>, console: &mut Console) {
    let is_all = rows.iter().all(|row| row.look.state == State::Done);
    if context.args.dry_run {
        console.say("\nNothing was changed.");
    } else if is_all && !matches!(Agent::find(context.paths), Ok(Some(_))) {
        console
            .say("\nDone as asked. No agent runs, so nothing is recorded: `vigil up` starts it.");
    } else if is_all && !context.args.only.is_empty() {
        console.say("\nDone as asked. `vigil status` says how much Vigil can see.");
    } else if is_all {
        console.say(
            "\nVigil records. `vigil status` says how much it can see, `vigil open` opens the \
             dashboard.\nIt refuses no command of an agent's: `vigil guard on` would have it asked \
             before each one.\nBack again: `vigil setup --undo STEP`, or `vigil uninstall`.",
        );
    } else if rows.iter().any(|row| matches!(row.look.state, State::Waits | State::Declined)) {
        console.say("\nWhat waits or was declined is for the next `vigil setup`.");
    }
}

/// The plan for another platform than this machine's; none where it is this one's.
fn elsewhere(
    platform: SetupPlatform,
    args: &args::Setup,
    paths: &Paths,
    console: &mut Console,
) -> Result<Option<Exit>, Failure> {
    if platform == SetupPlatform::Linux {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for (name, plan) in macos::plan(paths.home(), process::uid())? {
        if is_wanted(name, args) {
            rows.push(Row::new(name, Look::to_do(plan)));
        }
    }
    if console.json {
        let consent = consent::look(paths)?;
        let report = SetupReport { dry_run: true, platform: "macos", consent, steps: rows };
        console.document("setup", report)?;
        return Ok(Some(Exit::Ok));
    }
    for row in &rows {
        show(row.step(), &row.look, console)?;
    }
    console.say("\nThis is what `vigil setup` would do on macOS. Nothing was changed.");
    Ok(Some(Exit::Ok))
}
