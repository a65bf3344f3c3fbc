//! The `vigil` command: asks the store and the running agent, and shows the answers. It never
//! writes to the store; what writes goes through the agent.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser;

mod agent;
mod args;
mod command;
mod failure;
mod guard;
mod hook;
mod intel;
mod native_host;
mod route;
mod settings;
mod stop;
mod store;
mod terminal;

fn main() -> ExitCode {
    // Begun anew for every command of a client: it waits for no grammar.
    if let Some(client) = hook::client(std::env::args_os()) {
        return hook::run(&client);
    }
    // Begun by a browser, which says by whom it was asked to.
    if let Some(caller) = native_host::caller(std::env::args_os()) {
        return native_host::run(caller);
    }
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
