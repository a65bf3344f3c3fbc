//! Project tasks: `cargo xtask help` names them. Everything a contributor runs is one of these; they
//! call cargo and the operating system's own tools, and touch the network only to install what is
//! missing.

#![forbid(unsafe_code)]
#![expect(clippy::print_stderr, reason = "progress words are what a task prints")]

use std::{env, process::ExitCode};

mod agents;
mod bench;
mod browser;
mod cargo;
mod extension;
mod fuzz;
mod npm;
mod offline;
mod package;
mod packages;
mod python;
mod test;
mod tools;
mod types;
mod up;
mod vendor;
mod words;

const HELP: &str = "\
cargo xtask up [ARGS]     build in release and start Vigil in the foreground (vigil up ARGS)
cargo xtask test [STEP]   install what is missing, then check and test everything (or one step)
cargo xtask bench [NAME]  measure; NAME is one of: ingest, dashboard, proxy, secrets, packages
cargo xtask fuzz [TARGET] [SECONDS]  look for inputs that fail
cargo xtask types [--check]   write the API's types for the dashboard's type check, or compare them
cargo xtask packages DATA [--check]  make the names of packages from lists, or compare them
cargo xtask vendor [--check]  make the dashboard's libraries from their packages, or compare them
cargo xtask package [deb|tarball|all] [--out DIR] [--binaries DIR]  what users install, for Linux
cargo xtask package pkg --binaries DIR [--out DIR]  the same for macOS, of programs that a Mac built
cargo xtask package verify FILE   read a package for macOS back: whose it is, and what it installs
cargo xtask package extension   the browser extension, one archive for each kind of browser
cargo xtask screenshots [FOLDER]  show every view of the dashboard, into docs/dashboard";

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1);
    let task = args.next();
    let rest: Vec<_> = args.collect();
    let result = match task.as_deref().and_then(|task| task.to_str()) {
        Some("up") => up::run(&rest),
        Some("test") => match test::run(&rest) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Some("bench") => bench::run(&rest),
        Some("fuzz") => fuzz::run(&rest),
        Some("package") => package::run(&rest),
        Some("screenshots") => browser::screenshots(&rest),
        Some("packages") => packages::run(&rest),
        Some("types") => types::run(&rest),
        Some("vendor") => vendor::run(&rest),
        Some(offline::PROBE) => offline::probe(),
        Some("help" | "--help" | "-h") => {
            eprintln!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("error: no such task\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
