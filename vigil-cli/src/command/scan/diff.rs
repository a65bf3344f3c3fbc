//! The lines that a change adds, as git tells them. Files that are not committed are read as they
//! are, past the filters that git would send them through.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    thread,
};

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

/// A file while its changes are read.
#[derive(Default)]
struct Added {
    path: String,
    bytes: Vec<u8>,
    /// The number of each line of `bytes` in the file.
    lines: Vec<usize>,
    is_binary: bool,
}

impl Added {
    /// Takes a line over, unless the file is one that is left out already.
    fn add(&mut self, line: &[u8], number: usize) {
        if self.bytes.len() as u64 <= LARGEST && !self.is_binary {
            self.is_binary = line.contains(&0);
            self.bytes.extend_from_slice(line);
            self.lines.push(number);
        }
    }

    fn scan(
        &mut self,
        left_out: &mut LeftOut,
        each: &mut impl FnMut(Text<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Self { path, bytes, lines, is_binary } = std::mem::take(self);
        if is_binary {
            left_out.skip(Path::new(&path), "binary".to_owned(), false);
        } else if bytes.len() as u64 > LARGEST {
            let reason = format!("adds more than {} MiB", LARGEST / (1024 * 1024));
            left_out.skip(Path::new(&path), reason, true);
        } else if !bytes.is_empty() {
            each(Text { id: &path, content: text(bytes), at: Where::Lines(lines) })?;
        }
        Ok(())
    }
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
    let mut file = Added::default();
    // How many lines of the hunk are still to come, taken away and added; and the next number.
    let (mut removed, mut added, mut number) = (0, 0, 0);
    let mut line = Vec::new();
    while next_line(&mut diff, &mut line)? {
        match line.first() {
            Some(b'-') if removed > 0 => removed -= 1,
            Some(b'+') if added > 0 => {
                added -= 1;
                file.add(line.get(1..).unwrap_or_default(), number);
                number += 1;
            }
            // None is asked for; one that comes is in both.
            Some(b' ') if removed > 0 && added > 0 => {
                (removed, added, number) = (removed - 1, added - 1, number + 1);
            }
            _ => {
                let words = String::from_utf8_lossy(&line);
                let words = words.trim_end_matches(['\n', '\r']);
                if let Some(hunk) = words.strip_prefix("@@ ") {
                    (removed, added, number) = hunk_of(hunk);
                    // What stands far apart in the file does not stand together.
                    file.bytes.extend(file.lines.last().map(|_| b'\n'));
                    file.lines.extend(file.lines.last().copied());
                } else if words.starts_with("diff --git ") {
                    file.scan(left_out, each)?;
                    (removed, added) = (0, 0);
                } else if let Some(path) = words.strip_prefix("+++ ") {
                    file.path = path_of(path);
                } else if let Some(both) = words.strip_prefix("Binary files ") {
                    let path =
                        both.strip_suffix(" differ").and_then(|both| both.split_once(" and "));
                    let path = path_of(path.map_or(both, |(_, path)| path));
                    left_out.skip(Path::new(&path), "binary".to_owned(), false);
                }
            }
        }
    }
    file.scan(left_out, each)
}

/// Of `-3,2 +5,4 @@ fn x()` the numbers 2, 4 and 5.
fn hunk_of(hunk: &str) -> (usize, usize, usize) {
    let mut sides = hunk.split(' ').map(|side| {
        let (first, count) = side
            .get(1..)
            .unwrap_or_default()
            .split_once(',')
            .unwrap_or((side.get(1..).unwrap_or_default(), "1"));
        (first.parse().unwrap_or(0), count.parse().unwrap_or(0))
    });
    let (_, removed) = sides.next().unwrap_or((0, 0));
    let (number, added) = sides.next().unwrap_or((0, 0));
    (removed, added, number)
}

/// The path that git wrote after `+++`: `b/a b` with a tab behind it, or `"b/a\"b"`.
fn path_of(written: &str) -> String {
    let written = written.trim_end_matches('\t');
    let quoted = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let path = quoted.map_or_else(|| written.to_owned(), unquoted);
    path.strip_prefix("b/").map_or(path.clone(), str::to_owned)
}

/// What stands between git's quotes.
fn unquoted(quoted: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = quoted.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'r') => bytes.push(b'\r'),
            Some(digit @ b'0'..=b'7') => {
                let mut code = u32::from(digit - b'0');
                while let Some(digit) = rest.next_if(|next| (b'0'..=b'7').contains(next)) {
                    code = code * 8 + u32::from(digit - b'0');
                    if code > 0o37 {
                        break;
                    }
                }
                bytes.push(u8::try_from(code).unwrap_or(b'?'));
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{LeftOut, path_of, read};
    use crate::command::scan::Where;

    #[test]
    fn only_added_lines_are_read_and_know_their_numbers() {
        let diff = "diff --git a/a b b/a b\nindex 1..2 100644\n--- a/a b\t\n+++ b/a b\t\n\
            @@ -3,2 +3,2 @@ fn x()\n-old\n--- a/no\n+new\n+++ b/no header\n\
            @@ -9,0 +10 @@\n+ten\n\\ No newline at end of file\n\
            diff --git a/gone b/gone\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
            diff --git a/p.png b/p.png\nBinary files /dev/null and b/p.png differ\n";
        let mut left_out = LeftOut::default();
        let mut seen = Vec::new();

        read(diff.as_bytes(), &mut left_out, &mut |text| {
            let Where::Lines(lines) = text.at else { panic!("a change has lines") };
            seen.push((text.id.to_owned(), text.content, lines));
            Ok(())
        })
        .unwrap();

        let added = "new\n++ b/no header\n\nten\n".to_owned();
        assert_eq!(seen, [("a b".to_owned(), added, vec![3, 4, 4, 10])]);
        assert_eq!(left_out.skipped[0].id, "p.png");
    }

    #[test]
    fn a_path_is_read_as_git_quotes_it() {
        assert_eq!(path_of("b/plain"), "plain");
        assert_eq!(path_of("\"b/a\\\"b\\tc\\303\\274\""), "a\"b\tcü");
    }
}
