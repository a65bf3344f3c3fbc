//! `vigil setup --undo STEP`, and everything at once for `vigil uninstall`: what stands on a step is taken
//! back before it. What was changed by others since is left, and told.

use serde::Serialize;
use vigil_platform::paths::Paths;

use super::{
    Context, Outcome, STEPS, consent,
    step::{BACKWARDS, standing_on, word},
};
use crate::{
    args::{self, StepName},
    failure::{Exit, Failure},
    settings, stop,
    terminal::{Console, DIM, plain},
};

/// What became of a step that was taken back.
#[derive(Debug, Serialize)]
pub(in crate::command) struct Undone {
    pub(in crate::command) step: &'static str,
    /// What was done, or with `--dry-run` would be.
    pub(in crate::command) done: Vec<String>,
    /// What was left, and why.
    pub(in crate::command) left: Vec<String>,
}

impl Undone {
    pub(super) const fn of(name: StepName) -> Self {
        Self { step: word(name), done: Vec::new(), left: Vec::new() }
    }

    pub(super) fn did(mut self, lines: Vec<String>) -> Self {
        self.done.extend(lines);
        self
    }

    pub(super) fn would(self, line: impl Into<String>) -> Self {
        self.did(vec![line.into()])
    }

    pub(super) fn would_all(self, lines: Vec<String>) -> Self {
        self.did(lines)
    }

    /// The machine may trust a certificate still: its key and what tells which it is are not taken from
    /// under it.
    fn is_stuck(&self) -> bool {
        self.step == word(StepName::Trust) && !self.left.is_empty()
    }

    pub(super) fn leaves(mut self, line: impl Into<String>) -> Self {
        self.left.push(line.into());
        self
    }
}

/// `vigil.setup_undo/1`.
#[derive(Debug, Serialize)]
struct UndoReport {
    dry_run: bool,
    steps: Vec<Undone>,
}

pub(super) fn run(step: StepName, context: &Context<'_>, console: &mut Console) -> Outcome {
    let dry_run = context.args.dry_run;
    let mut steps = Vec::new();
    for name in standing_on(step) {
        let undone = one(name, context, !dry_run, console)?;
        let is_stuck = undone.is_stuck();
        steps.push(undone);
        if is_stuck && !dry_run {
            break;
        }
    }
    let has_left = steps.iter().any(|undone| !undone.left.is_empty());
    if console.json {
        console.document("setup_undo", UndoReport { dry_run, steps })?;
    } else {
        for undone in &steps {
            show(undone, dry_run, console)?;
        }
    }
    Ok(if has_left && !dry_run { Exit::Failed } else { Exit::Ok })
}

/// Takes everything back but the service, as far as it can be; without `does`, only what that would
/// be. Needs no agent; one that runs is asked.
pub(in crate::command) fn undo_everything(
    does: bool,
    paths: &Paths,
    console: &mut Console,
) -> Result<Vec<Undone>, Failure> {
    let args = args::Setup::default();
    let config = settings::read(paths).map(|read| read.layered.config).unwrap_or_default();
    let context = Context { args: &args, paths, config };
    let mut all = Vec::new();
    for name in BACKWARDS {
        // What cannot be taken back keeps nothing else from it, but for the certificate's own.
        let undone = one(name, &context, does, console).unwrap_or_else(|failure| {
            let hint = failure.hint().map(|hint| format!("; {hint}"));
            Undone::of(name).leaves(format!("{}{}", failure.what(), hint.unwrap_or_default()))
        });
        let is_stuck = undone.is_stuck();
        all.push(undone);
        if is_stuck && does {
            break;
        }
    }
    if does {
        consent::forget(paths)?;
    }
    Ok(all)
}

fn one(
    name: StepName,
    context: &Context<'_>,
    does: bool,
    console: &mut Console,
) -> Result<Undone, Failure> {
    stop::at(&format!("{}-undo", word(name)));
    let step = STEPS.into_iter().find(|step| step.name() == name);
    step.map_or_else(|| Ok(Undone::of(name)), |step| step.undo(context, does, console))
}

fn show(undone: &Undone, dry_run: bool, console: &mut Console) -> Result<(), Failure> {
    let state = match (undone.done.is_empty(), dry_run) {
        (true, _) => "nothing to take back",
        (false, true) => "would be taken back",
        (false, false) => "taken back",
    };
    console.line(format_args!("{:<10} {state}", undone.step))?;
    for line in &undone.done {
        console.line(format_args!("    {DIM}{}{DIM:#}", plain(line)))?;
    }
    for line in &undone.left {
        console.warn(format_args!("left: {}", plain(line)));
    }
    Ok(())
}
