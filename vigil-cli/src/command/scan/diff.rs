//! The lines that a change adds, as git tells them. Files that are not committed are read as they
//! are, past the filters that git would send them through.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    thread,
};

use vigil_detect::diff::{self, Added, Diff};

use super::{
    Text, Where, git,
    input::{LARGEST, LeftOut, text},
};
use crate::{failure::Failure, terminal::plain};

/// Which change.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change<'a> {
    /// What is about to be committed.
    Staged,
    /// What differs from this revision, or within this range.
    Since(&'a str),
}

/// The most of git's own words that is told again.
const WORDS: u64 = 1000;

/// Gives the lines that `change` adds to each file, below `paths` where there are some, to `each`.
pub(super) fn each(
    change: Change<'_>,
    paths: &[PathBuf],
    left_out: &mut LeftOut,
    each: &mut impl FnMut(Text<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        let hint = "`--staged` and `--git-diff` need git on the PATH";
        Failure::new(format!("git cannot be asked: {error}"), hint)
    };
    if let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_err()) {
        return Err(Failure::new(
            format!("there is no {}", plain(&path.to_string_lossy())),
            "name files or folders that are there; a range is written with `=`: `--git-diff=HEAD~1`",
        ));
    }
    let mut command = git::without_filters().map_err(failed)?;
    // What is text is seen from the bytes: an attribute that calls a file binary hides nothing.
    command.args(["diff", "--text", "--unified=0", "--inter-hunk-context=0", "--no-relative"]);
    command.args(["--no-color", "--no-ext-diff", "--no-textconv", "--find-renames"]);
    command.args(["--src-prefix=a/", "--dst-prefix=b/"]);
    command.args(["--submodule=short", "--ignore-submodules=dirty"]);
    match change {
        Change::Staged => command.args(["--cached", "--"]),
        Change::Since(range) => command.args(["--end-of-options", range, "--"]),
    };
    let mut git = command.args(paths).spawn().map_err(failed)?;
    // Beside, since git may have much to say of line ends before it tells anything.
    let errors = git.stderr.take().map(|errors| thread::spawn(move || first_words(errors)));
    let read = git
        .stdout
        .take()
        .map_or(Ok(()), |output| self::read(BufReader::new(output), left_out, each));
    let words = errors.and_then(|errors| errors.join().ok()).unwrap_or_default();
    read?;
    if git.wait().map_err(failed)?.success() {
        return Ok(());
    }
    let first = words.lines().next().unwrap_or("it failed without a word");
    Err(Failure::new(
        format!("git could not tell the change: {}", plain(first)),
        "run it within a repository; a range is `main...HEAD`, a commit `HEAD~1`",
    ))
}

/// The beginning of what git complains about; the rest is passed over.
fn first_words(mut errors: impl Read) -> String {
    let mut words = Vec::new();
    // Where it cannot be read, nothing is told.
    let _ = errors.by_ref().take(WORDS).read_to_end(&mut words);
    let _ = io::copy(&mut errors, &mut io::sink());
    String::from_utf8_lossy(&words).into_owned()
}

/// Reads a line into `line`, and no more of it than can be looked at; false at the end.
fn next_line(diff: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    diff.by_ref().take(LARGEST + 2).read_until(b'\n', line)?;
    if line.len() as u64 == LARGEST + 2 && line.last() != Some(&b'\n') {
        diff.skip_until(b'\n')?;
    }
    Ok(!line.is_empty())
}

/// Reads a diff without context lines.
fn read(
    mut diff: impl BufRead,
    left_out: &mut LeftOut,
    each: &mut impl FnMut(Text<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut reading = Diff::new(usize::try_from(LARGEST).unwrap_or(usize::MAX));
    let mut line = Vec::new();
    while next_line(&mut diff, &mut line)? {
        if let Some(told) = reading.line(&line) {
            tell(told, left_out, each)?;
        }
    }
    reading.end().map_or(Ok(()), |told| tell(told, left_out, each))
}

fn tell(
    told: diff::Change,
    left_out: &mut LeftOut,
    each: &mut impl FnMut(Text<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match told {
        diff::Change::Added(Added { path, bytes, lines, .. }) => {
            each(Text { id: &path, content: text(bytes), at: Where::Lines(lines) })
        }
        diff::Change::Binary(path) => {
            left_out.skip(Path::new(&path), "binary".to_owned(), false);
            Ok(())
        }
        diff::Change::TooLarge(path) => {
            let reason = format!("adds more than {} MiB", LARGEST / (1024 * 1024));
            left_out.skip(Path::new(&path), reason, true);
            Ok(())
        }
    }
}
