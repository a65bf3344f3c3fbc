//! `vigil completions SHELL`: a script made from the same grammar that parses.

use clap::CommandFactory;

use super::Outcome;
use crate::{
    args::{Args, Completions},
    failure::Exit,
    terminal::Console,
};

pub(super) fn run(args: &Completions, console: &mut Console) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "vigil", &mut script);
    console.raw(&script)?;
    Ok(Exit::Ok)
}
