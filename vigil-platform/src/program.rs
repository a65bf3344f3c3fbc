//! Running one of the desktop's own programs to its end: nothing of our environment but what is
//! named, a time limit, and no more output than is of use. Never through a shell.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Read, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use crate::wait;

/// The most that is kept of what a program prints, in bytes.
const OUTPUT_MAX: u64 = 256 * 1024;

/// Answers what an environment's variable holds.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// A program, and the environment that it is run in.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    file: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Program {
    /// The program of this name on the path of an environment, to be run with those of its
    /// variables that are `named`.
    pub(crate) fn find(name: &str, lookup: &Lookup<'_>, named: &[&'static str]) -> Option<Self> {
        let path = lookup("PATH")?;
        // A folder that is not absolute is wherever we happen to be.
        let file = std::env::split_paths(&path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .find(|file| is_program(file))?;
        let mut variables: Vec<(&'static str, OsString)> = named
            .iter()
            .filter_map(|name| Some((*name, lookup(name).filter(|value| !value.is_empty())?)))
            .collect();
        variables.push(("LC_ALL", "C".into()));
        Some(Self { file, variables })
    }

    /// The same with a variable set.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut changed = self.clone();
        changed.variables.retain(|(known, _)| *known != name);
        changed.variables.push((name, value.into()));
        changed
    }

    /// Runs it to its end, for `limit` at the longest. What `input` is stays open until then.
    pub(crate) fn run<A: AsRef<OsStr>>(
        &self,
        arguments: &[A],
        input: Input<'_>,
        limit: Duration,
    ) -> io::Result<Ended> {
        let until = Instant::now() + limit;
        let mut command = Command::new(&self.file);
        // A group of its own, so that what it has started can be ended with it.
        command.args(arguments).env_clear().current_dir("/").process_group(0);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(match input {
            Input::File(file) => Stdio::from(file.try_clone()?),
            Input::Nothing => Stdio::null(),
            Input::Bytes(_) => Stdio::piped(),
        });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        // Short enough for any pipe: it waits for nobody.
        let written = match (input, child.stdin.take()) {
            (Input::Bytes(bytes), Some(mut pipe)) => pipe.write_all(bytes),
            _ => Ok(()),
        };
        let (stdout, stderr) = (reading(child.stdout.take()), reading(child.stderr.take()));
        let Some(status) = wait::end_of(&mut child, until)? else {
            wait::end_group(&mut child)?;
            let words = format!("{} gave no answer", self.file.display());
            return Err(io::Error::new(io::ErrorKind::TimedOut, words));
        };
        let ended = Ended { status, stdout: read(&stdout, until), stderr: read(&stderr, until) };
        // Whoever does not want its input says so by how it ends.
        if ended.status.success() {
            written?;
        }
        Ok(ended)
    }
}

/// What a program finds at its standard input.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input<'a> {
    Nothing,
    /// At most a few hundred bytes.
    Bytes(&'a [u8]),
    /// An open file, which stays open for as long as the program lives.
    File(&'a std::fs::File),
}

impl Ended {
    /// Whether it said nothing on its standard error.
    pub(crate) fn is_silent(&self) -> bool {
        self.stderr.trim_ascii().is_empty()
    }

    /// What it said on its standard error, shortened to one line.
    pub(crate) fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let line = text.lines().map(str::trim).find(|line| !line.is_empty());
        let line: String = line.unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
        match line.char_indices().nth(200) {
            Some((at, _)) => line.get(..at).unwrap_or_default().to_owned(),
            None if line.is_empty() => self.status.to_string(),
            None => line,
        }
    }

    /// What it printed, if it ended well.
    pub(crate) fn text(self) -> io::Result<String> {
        if !self.status.success() {
            return Err(io::Error::other(self.words()));
        }
        String::from_utf8(self.stdout).map_err(|_| io::ErrorKind::InvalidData.into())
    }
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Reads beside the program, so that none of its pipes is ever full.
fn reading(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let Some(mut pipe) = pipe else {
        return receiver;
    };
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read so far is what there is.
        let _ = (&mut pipe).take(OUTPUT_MAX).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
        let _ = io::copy(&mut pipe, &mut io::sink());
    });
    receiver
}

/// What was read. A child of the program's may hold the pipe open for longer than is waited.
fn read(pipe: &Receiver<Vec<u8>>, until: Instant) -> Vec<u8> {
    let left = until.saturating_duration_since(Instant::now());
    pipe.recv_timeout(left).unwrap_or_default()
}

#[cfg(test)]
mod tests;
