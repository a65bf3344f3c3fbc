//! What a step of `vigil setup` is, and how one stands.

use serde::Serialize;

use super::{Context, undo::Undone};
use crate::{args::StepName, failure::Failure, terminal::Console};

/// A step. It knows nothing of the others: what it needs of them it finds on the machine.
pub(super) trait Step {
    fn name(&self) -> StepName;

    /// How it stands. Changes nothing, and takes milliseconds.
    fn look(&self, context: &Context<'_>, console: &Console) -> Look {
        self.find(context, console).unwrap_or_else(|failure| Look::failed(&failure))
    }

    /// The same; what cannot be found out is a failure.
    fn find(&self, context: &Context<'_>, console: &Console) -> Result<Look, Failure>;

    /// Does what [`Self::look`] planned, and gives what a person should know of it besides. Done again,
    /// it changes nothing; cut short, it is carried on by the next time.
    fn act(&self, context: &Context<'_>, console: &mut Console) -> Result<Vec<String>, Failure>;

    /// Takes back exactly what it did; without `does`, says only what that would be.
    fn undo(
        &self,
        context: &Context<'_>,
        does: bool,
        console: &mut Console,
    ) -> Result<Undone, Failure>;
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// It is as it should be.
    Done,
    /// It can be done now.
    ToDo,
    /// The person did not want it.
    Declined,
    /// It is the person's to do.
    Left,
    /// Another step has to be done first.
    Waits,
    /// It cannot be done, or could not be.
    Failed,
}

/// What was found of a step.
#[derive(Debug, Serialize)]
pub(super) struct Look {
    pub(super) state: State,
    /// What would be done, or was: files with their lines, commands, calls.
    pub(super) plan: Vec<String>,
    /// Why it is not done.
    pub(super) why: Option<String>,
    /// What mends that.
    pub(super) remedy: Option<String>,
    /// What a person should know besides.
    pub(super) notes: Vec<String>,
}

impl Look {
    pub(super) const fn done() -> Self {
        Self::of(State::Done)
    }

    pub(super) fn to_do(plan: Vec<String>) -> Self {
        Self { plan, ..Self::of(State::ToDo) }
    }

    pub(super) fn left(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { why: Some(why.into()), remedy: Some(remedy.into()), ..Self::of(State::Left) }
    }

    pub(super) fn waits(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { state: State::Waits, ..Self::left(why, remedy) }
    }

    pub(super) fn failed(failure: &Failure) -> Self {
        Self { why: Some(failure.what()), remedy: failure.hint(), ..Self::of(State::Failed) }
    }

    /// The same, with something to know besides.
    pub(super) fn with(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    const fn of(state: State) -> Self {
        Self { state, plan: Vec::new(), why: None, remedy: None, notes: Vec::new() }
    }
}

/// A step in the report.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    step: &'static str,
    #[serde(skip)]
    name: StepName,
    #[serde(flatten)]
    pub(super) look: Look,
}

impl Row {
    pub(super) fn new(name: StepName, look: Look) -> Self {
        Self { step: word(name), name, look }
    }

    pub(super) const fn step(&self) -> StepName {
        self.name
    }
}

/// The step's word on the command line.
pub(super) const fn word(name: StepName) -> &'static str {
    match name {
        StepName::Service => "service",
        StepName::Ca => "ca",
        StepName::Trust => "trust",
        StepName::Route => "route",
        StepName::Browser => "browser",
        StepName::Dashboard => "dashboard",
    }
}

/// The steps that stand on `name`, in the order in which they are taken back; itself last.
pub(super) fn standing_on(name: StepName) -> Vec<StepName> {
    match name {
        StepName::Service => vec![StepName::Route, StepName::Service],
        StepName::Ca => vec![StepName::Route, StepName::Trust, StepName::Ca],
        StepName::Trust => vec![StepName::Route, StepName::Trust],
        other => vec![other],
    }
}

/// Every step, in the order in which all are taken back when there is nothing to be left.
pub(super) const BACKWARDS: [StepName; 4] =
    [StepName::Browser, StepName::Route, StepName::Trust, StepName::Ca];

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::{StepName, standing_on, word};

    #[test]
    fn a_step_has_the_word_that_the_command_line_takes() {
        for name in StepName::value_variants() {
            assert_eq!(StepName::from_str(word(*name), false), Ok(*name));
            assert_eq!(standing_on(*name).last(), Some(name));
        }
    }
}
