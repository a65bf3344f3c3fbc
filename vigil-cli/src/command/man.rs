//! `vigil man FOLDER`: the manual, a page for each command, made from the same grammar that parses.
//! The same grammar makes the same bytes: no page has a date.

use std::{fs, path::Path};

use clap::{Command, CommandFactory};
use clap_mangen::Man as Page;

use super::Outcome;
use crate::{
    args::{Args, Man},
    failure::{Exit, Failure},
};

/// What stands at the foot of every page.
const SOURCE: &str = concat!("vigil ", env!("CARGO_PKG_VERSION"));

pub(super) fn run(args: &Man) -> Outcome {
    let mut vigil = Args::command().disable_help_subcommand(true);
    vigil.build();
    write(vigil, &args.folder)?;
    Ok(Exit::Ok)
}

fn write(command: Command, folder: &Path) -> Result<(), Failure> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        write(below.clone(), folder)?;
    }
    let page = Page::new(command).source(SOURCE).manual("Vigil");
    let path = folder.join(page.get_filename());
    let failed = |source| Failure::File { operation: "write", path: path.clone(), source };
    let mut text = Vec::new();
    page.render(&mut text).map_err(failed)?;
    fs::write(&path, text).map_err(failed)
}
