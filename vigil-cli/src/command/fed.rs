//! Programs that are begun as clients and browsers begin them, and what they answer to what they are told:
//! bounded in time and length, whatever they do.

use std::{
    ffi::OsStr,
    io::{self, Read as _, Write as _},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// So much of its answer is read, in bytes.
const MOST: u64 = 64 * 1024;
/// How often it is looked whether it has ended.
const GLANCE: Duration = Duration::from_millis(10);

/// A program that was given its input. It is ended with this, whatever it is at.
pub(super) struct Fed {
    child: Ending,
    /// Open as long as somebody listens, as a browser leaves it.
    to: Option<ChildStdin>,
    /// What it says, in parts.
    from: mpsc::Receiver<Vec<u8>>,
    until: Instant,
}

impl Fed {
    /// Starts it, for at most so long.
    pub(super) fn start(
        program: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        input: &[u8],
        patience: Duration,
    ) -> io::Result<Self> {
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut child = Ending(child);
        let until = Instant::now() + patience;
        let mut to = child.0.stdin.take();
        if let Some(to) = &mut to {
            // Whoever does not read is not told; what it answers says so.
            let _ = to.write_all(input);
        }
        let (told, from) = mpsc::channel();
        if let Some(out) = child.0.stdout.take() {
            let mut out = out.take(MOST);
            thread::Builder::new().name("answer".to_owned()).spawn(move || {
                let mut part = [0; 4096];
                // It ends with the last who has this pipe open, or when nobody hears it any more.
                while let Ok(n) = out.read(&mut part) {
                    let said = part.get(..n).unwrap_or_default();
                    if said.is_empty() || told.send(said.to_vec()).is_err() {
                        break;
                    }
                }
            })?;
        }
        Ok(Self { child, to, from, until })
    }

    /// What it said once that is whole, or once it says no more.
    pub(super) fn says(&mut self, is_whole: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let mut said = Vec::new();
        while !is_whole(&said) {
            let left = self.until.saturating_duration_since(Instant::now());
            match self.from.recv_timeout(left) {
                Ok(part) => said.extend(part),
                Err(_) => break,
            }
        }
        said
    }

    /// Whether it took too long.
    pub(super) fn is_late(&self) -> bool {
        Instant::now() >= self.until
    }

    /// How it ends once it is told no more; [`io::ErrorKind::TimedOut`] when it does not.
    pub(super) fn code(&mut self) -> io::Result<Option<i32>> {
        self.to = None;
        loop {
            if let Some(status) = self.child.0.try_wait()? {
                return Ok(status.code());
            }
            if self.is_late() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            thread::sleep(GLANCE);
        }
    }
}

struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use super::Fed;

    fn shell(script: &str) -> Fed {
        let patience = Duration::from_secs(15);
        Fed::start(Path::new("/bin/sh"), ["-c", script], b"", patience).unwrap()
    }

    /// Each lasts for longer than what it says.
    #[test]
    fn who_has_answered_is_not_waited_for() {
        let mut closes = shell("printf whole; exec >&-; exec sleep 60");
        assert_eq!(closes.says(|said| said == b"whole"), b"whole");
        let mut leaves = shell("sleep 20 & printf whole");
        assert_eq!(leaves.says(|said| said == b"whole"), b"whole");
        assert_eq!(shell("exec >&-; exit 3").code().unwrap(), Some(3));
    }
}
