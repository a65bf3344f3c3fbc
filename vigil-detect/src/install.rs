//! What a command installs. One reader of shell ([`crate::shell`]), one table of each manager.

use vigil_proto::package::Package;

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
    /// A fixed word: `make`, `eval`, `script-file`, `variable`.
    pub why: &'static str,
    /// The part.
    pub text: String,
}

/// Reads what `command`, in the words of a POSIX shell or bash, would install. Never fails: what
/// cannot be seen through is told as opaque.
pub fn read(command: &str) -> Reading {
    let _ = command;
    Reading::default()
}
