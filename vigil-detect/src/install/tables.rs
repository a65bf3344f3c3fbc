//! One table a package program: its names, verbs, options, and how its packages are written. Read
//! from each program's own description of its command line.

use super::{
    options::{Does, Opt, Style},
    spec::Spec,
};

mod javascript;
mod languages;
mod python;
mod system;
mod tools;

/// A package program.
#[derive(Clone, Copy)]
pub(super) struct Program {
    /// The names it is called by, with blanks between them.
    pub(super) names: &'static str,
    /// What it is called in what is told; empty for the name it was called by.
    pub(super) manager: &'static str,
    /// Whose names its packages have.
    pub(super) ecosystem: &'static str,
    pub(super) spec: Spec,
    pub(super) style: Style,
    /// Options that it has whatever the verb.
    pub(super) options: [&'static [Opt]; 3],
    /// What it does.
    pub(super) act: Act,
    /// What it does with an unknown verb.
    pub(super) other: Act,
    /// What it does without a verb.
    pub(super) bare: Act,
    /// Variables of the environment, and what they mean.
    pub(super) settings: &'static [(&'static str, Does)],
}

impl Program {
    const fn new(names: &'static str, ecosystem: &'static str, spec: Spec, act: Act) -> Self {
        Self {
            names,
            manager: "",
            ecosystem,
            spec,
            style: Style::Usual,
            options: [&[]; 3],
            act,
            other: Act::Nothing,
            bare: Act::Nothing,
            settings: &[],
        }
    }

    const fn called(self, manager: &'static str) -> Self {
        Self { manager, ..self }
    }

    const fn with(self, options: &'static [Opt]) -> Self {
        let [_, more, most] = self.options;
        Self { options: [options, more, most], ..self }
    }

    const fn and(self, more: &'static [Opt]) -> Self {
        let [options, _, most] = self.options;
        Self { options: [options, more, most], ..self }
    }

    const fn also(self, most: &'static [Opt]) -> Self {
        let [options, more, _] = self.options;
        Self { options: [options, more, most], ..self }
    }

    const fn long(self) -> Self {
        Self { style: Style::Long, ..self }
    }

    const fn set_by(self, settings: &'static [(&'static str, Does)]) -> Self {
        Self { settings, ..self }
    }

    const fn otherwise(self, other: Act) -> Self {
        Self { other, ..self }
    }

    const fn alone(self, bare: Act) -> Self {
        Self { bare, ..self }
    }
}

/// A verb of a program.
#[derive(Clone, Copy)]
pub(super) struct Verb {
    /// The verb and its other names, with blanks between them.
    pub(super) names: &'static str,
    pub(super) act: Act,
    /// Options that it has besides those of the program.
    pub(super) options: &'static [Opt],
    /// Words that it adds to the flags of all packages.
    pub(super) flags: &'static [&'static str],
}

const fn verb(names: &'static str, act: Act, options: &'static [Opt]) -> Verb {
    Verb { names, act, options, flags: &[] }
}

const fn flagged(
    names: &'static str,
    act: Act,
    options: &'static [Opt],
    flags: &'static [&'static str],
) -> Verb {
    Verb { names, act, options, flags }
}

/// What a program or verb does.
#[derive(Clone, Copy)]
pub(super) enum Act {
    /// Nothing that is of interest.
    Nothing,
    /// The next operand is a verb.
    Verbs(&'static [Verb]),
    /// Each operand is a package.
    Add,
    /// The same; without any, what the project lists.
    AddOrListed,
    /// Each operand is a package, read by other rules.
    AddAs(Spec, &'static str),
    /// Operands are packages after so many that are not.
    After(usize),
    /// Only the first operand is a package.
    First,
    /// The first operand is a package, the second its version.
    Versioned,
    /// Operands are packages, each of which may have its version as the next one.
    Pairs,
    /// Operands are packages if an option with [`NEEDED`] says so.
    If,
    /// The first operand is a package, the second a folder, the third a version.
    Project,
    /// The first operand is a package that is run; the others are its words.
    Exec,
    /// The same with the rules of `npm create`.
    Create,
    /// Packages are only what options say.
    Options,
    /// After so many operands comes a command.
    Command(usize),
    /// After so many operands comes a command that runs in a container.
    Inside(usize),
    /// The first operand is an image, then comes a command that runs in it.
    Image,
    /// After so many operands comes what is given to this program.
    Like(usize, &'static str),
    /// It installs what the project lists.
    Listed,
    /// It runs what the project's own list of commands says.
    Scripts,
    /// It hides what it does, for this reason.
    Hidden(&'static str),
    /// The second operand, or the only one, is a chart.
    Chart,
    /// A place that packages come from from now on.
    Tap,
    /// An optional project, then a verb.
    Project2(&'static [Verb]),
    /// The first of several operands is where the others come from.
    Remote,
    /// The last operand is a description with a command in it.
    Description,
    /// A word for where packages come from, then a package and its version.
    Hex,
    /// Operands are packages; then comes a command after an option or `--`.
    Shells,
    /// The same, with the command after `--` alone.
    Tools,
    /// A name, and a repository if it is not the usual one.
    Plugin,
}

/// The flag of options without which a program with [`Act::If`] installs nothing.
pub(super) const NEEDED: &str = "+";

/// The program that is called by this name.
pub(super) fn program(name: &str) -> Option<&'static Program> {
    ALL.iter()
        .copied()
        .flatten()
        .find(|program| program.names.split(' ').any(|known| known == name))
}

const ALL: [&[Program]; 5] =
    [javascript::ALL, python::ALL, languages::ALL, system::ALL, tools::ALL];

const fn val(names: &'static str) -> Opt {
    Opt::value(names)
}

const fn with(names: &'static str, does: Does) -> Opt {
    Opt::with(names, does)
}

const fn is(names: &'static str, does: Does) -> Opt {
    Opt::is(names, does)
}
