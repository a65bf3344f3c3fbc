//! The `vigil` command: asks the store and the running agent, and shows the answers. It never
//! writes to the store; what writes goes through the agent.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser;

mod agent;
mod args;
mod command;
mod failure;
mod intel;
mod route;
mod settings;
mod store;
mod terminal;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let mut console = terminal::Console::new(&args.global);
    let result = command::run(&args, &mut console).and_then(|code| {
        console.flush()?;
        Ok(code)
    });
    match result {
        Ok(code) => code.into(),
        Err(failure) => console.report(&failure).into(),
    }
}
