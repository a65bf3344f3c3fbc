//! What a command installs. [`crate::shell`] reads the command; here its programs are followed
//! through wrappers, pipes and variables to the package programs, each of which has one table.
//! Nothing is run, and nothing is asked of the machine.
//!
//! | module | holds |
//! |---|---|
//! | `run` | lists, pipes, functions, variables: what runs with which words |
//! | `expand` | words with the variables and substitutions that are known |
//! | `flow` | what commands write, as far as it matters to what reads it |
//! | `programs` | which program a call is, and what is done about it |
//! | `ask` | what these words ask for |
//! | `wrap` | programs that run other programs |
//! | `held` | options and variables that hold commands |
//! | `inline` | code given to shells and interpreters |
//! | `options` | the words of a package program, by its table |
//! | `tables` | one table a package program |
//! | `registries` | where packages come from, as a command set it before |
//! | `spec` | names with versions and addresses, by the rules of each |

use vigil_proto::package::Package;

mod ask;
mod expand;
mod flow;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod held;
mod inline;
mod options;
mod programs;
mod registries;
mod run;
mod spec;
mod tables;
#[cfg(test)]
mod tests;
mod wrap;

/// How many packages are told of one command.
const MOST_PACKAGES: usize = 2_000;
/// How many hidden parts are told of one command.
const MOST_OPAQUE: usize = 100;
/// Bytes of a hidden part that are told.
const LONGEST_OPAQUE: usize = 200;

/// What a command installs, as far as it can be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The packages, in the order of the command.
    pub packages: Vec<Package<String>>,
    /// What could not be seen through and may install anything.
    pub opaque: Vec<Opaque>,
}

/// A part of a command that hides what it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opaque {
    /// A fixed word:
    ///
    /// | word | what is hidden |
    /// |---|---|
    /// | `make` | what a build tool's file says |
    /// | `package-script` | what `npm run` and the like run |
    /// | `script-file` | what a script says that is not seen |
    /// | `eval`, `stdin` | text that is run and not known |
    /// | `variable` | a program whose name is not known |
    /// | `manifest` | what the project's own list of dependencies says |
    /// | `dry-run` | nothing is installed, but code of the package may run (`pip --dry-run`) |
    /// | `container` | what is done while an image is built or a composition is started |
    /// | `too-deep`, `too-long` | the rest of a command that is not read to its end |
    pub why: &'static str,
    /// The part, cut to 200 bytes.
    pub text: String,
}

impl Opaque {
    /// True where the command is not read to its end.
    pub fn is_cut(&self) -> bool {
        is_cut(self.why)
    }
}

fn is_cut(why: &str) -> bool {
    matches!(why, "too-deep" | "too-long")
}

impl Reading {
    fn hide(&mut self, why: &'static str, text: &str) {
        // That something is left away is always told.
        let is_new_cut = || is_cut(why) && self.opaque.iter().all(|opaque| opaque.why != why);
        if self.opaque.len() < MOST_OPAQUE || is_new_cut() {
            let text = text.get(..text.floor_char_boundary(LONGEST_OPAQUE)).unwrap_or_default();
            let opaque = Opaque { why, text: text.to_owned() };
            if !self.opaque.contains(&opaque) {
                self.opaque.push(opaque);
            }
        }
    }

    fn add(&mut self, package: Package<String>) {
        if self.packages.len() < MOST_PACKAGES {
            self.packages.push(package);
        } else {
            self.hide("too-long", "more packages");
        }
    }
}

/// Reads what `command`, in the words of a POSIX shell or bash, would install. Never fails: what
/// cannot be seen through is told as opaque. Takes time in proportion to the command's length.
pub fn read(command: &str) -> Reading {
    run::Run::new(command.len()).all(command)
}
