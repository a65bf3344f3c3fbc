//! Step 6: the dashboard answers whoever has its token, and nobody but this user can read what Vigil
//! keeps.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use vigil_platform::process;
use vigil_proto::report::Status;

use super::{
    Context,
    step::{Look, Step},
    undo::Undone,
};
use crate::{agent::Agent, args::StepName, failure::Failure, terminal::Console};

/// Deeper than this nothing of Vigil's lies.
const DEPTH: usize = 4;

pub(super) struct Dashboard;

impl Step for Dashboard {
    fn name(&self) -> StepName {
        StepName::Dashboard
    }

    fn find(&self, context: &Context<'_>, _: &Console) -> Result<Look, Failure> {
        let open = open(context)?;
        let mut look = if open.is_empty() {
            match Agent::find(context.paths)? {
                Some(agent) => {
                    let status: Status = agent.read("status")?;
                    let at = status.agent.dashboard.unwrap_or_default();
                    Look::done()
                        .with(format!("{at} (its token is in {}); `vigil open`", run_file(context)))
                }
                None => Look::waits(
                    "no agent runs that would answer",
                    "start the agent (`vigil up`), then run `vigil setup` again",
                ),
            }
        } else {
            let line =
                |(path, mode): &(PathBuf, u32)| format!("run chmod {mode:o} {}", path.display());
            Look::to_do(open.iter().map(line).collect())
        };
        if look.state == super::State::Done {
            look = look.with("nobody but you can read Vigil's folders");
        }
        Ok(look)
    }

    fn act(&self, context: &Context<'_>, _: &mut Console) -> Result<Vec<String>, Failure> {
        for (path, mode) in open(context)? {
            match fs::set_permissions(&path, Permissions::from_mode(mode)) {
                // The agent replaces its files while it runs.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                changed => changed.map_err(|source| Failure::File {
                    operation: "make private",
                    path,
                    source,
                })?,
            }
        }
        Ok(Vec::new())
    }

    fn undo(&self, _: &Context<'_>, _: bool, _: &mut Console) -> Result<Undone, Failure> {
        // Nobody needs files back that others could read; the token ends with the agent.
        Ok(Undone::of(StepName::Dashboard))
    }
}

fn run_file(context: &Context<'_>) -> String {
    context.paths.run().join("agent.json").display().to_string()
}

/// What others could read or write, and the mode that it should have.
fn open(context: &Context<'_>) -> Result<Vec<(PathBuf, u32)>, Failure> {
    let paths = context.paths;
    let mut found = Vec::new();
    for folder in [paths.data(), paths.state(), paths.run(), paths.ca()] {
        look_into(folder, DEPTH, &mut found)?;
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn look_into(path: &Path, depth: usize, found: &mut Vec<(PathBuf, u32)>) -> Result<(), Failure> {
    let failed = |source| Failure::File { operation: "look at", path: path.to_owned(), source };
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let is_ours = metadata.uid() == process::uid();
    if metadata.is_symlink() || !is_ours {
        return Ok(());
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 && (metadata.is_dir() || metadata.is_file()) {
        found.push((path.to_owned(), mode & 0o700));
    }
    if !metadata.is_dir() || depth == 0 {
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(failed)?.flatten() {
        look_into(&entry.path(), depth - 1, found)?;
    }
    Ok(())
}
