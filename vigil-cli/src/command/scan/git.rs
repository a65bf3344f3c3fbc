//! Git, asked with nothing that could run a program of the repository's choosing: no hooks, no
//! monitor of files, no filters, no fetching of what is not there.

use std::{
    env,
    ffi::OsString,
    io,
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where git finds settings that count for more than those in files.
const COUNT: &str = "GIT_CONFIG_COUNT";

/// Git, about the repository that it finds itself.
pub(super) fn command() -> Command {
    let mut command = Command::new("git");
    command.args(["--no-pager", "-c", "core.quotePath=false"]);
    command.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_LAZY_FETCH", "1");
    // It would count for more than what is asked for.
    command.env_remove("GIT_DIFF_OPTS");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The same, and files are compared as they are: the filters that the settings have are none.
///
/// # Errors
/// Git cannot be run.
pub(super) fn without_filters() -> io::Result<Command> {
    let mut config = command();
    config.args(["config", "--includes", "--null", "--name-only", "--get-regexp"]);
    config.arg(r"^filter\..*\.(clean|process|required)$");
    // Outside of a repository it has nothing to tell, and what is asked next says so.
    let names = config.output()?.stdout;
    let before: usize = env::var(COUNT).ok().and_then(|count| count.parse().ok()).unwrap_or(0);
    let mut command = command();
    let mut count = before;
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let value = if name.ends_with(b".required") { "false" } else { "" };
        command.env(format!("GIT_CONFIG_KEY_{count}"), OsString::from_vec(name.to_vec()));
        command.env(format!("GIT_CONFIG_VALUE_{count}"), value);
        count += 1;
    }
    command.env(COUNT, count.to_string());
    Ok(command)
}

/// The files of the repository in `top` that are tracked although a pattern ignores them, where
/// they are; none when git cannot tell.
pub(super) fn ignored_and_tracked(top: &Path) -> Option<Vec<PathBuf>> {
    let mut command = command();
    command.arg("-C").arg(top);
    command.args(["ls-files", "-z", "--cached", "--ignored", "--exclude-standard"]);
    // Git may have been what ran this, about another repository.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    let told = command.output().ok().filter(|told| told.status.success())?.stdout;
    let names = told.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Some(names.map(|name| top.join(OsString::from_vec(name.to_vec()))).collect())
}
