//! One `vigil setup` at a time: two would each take the other's ports for somebody else's.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt as _,
    thread,
    time::{Duration, Instant},
};

use vigil_platform::paths::Paths;

use crate::{failure::Failure, terminal::Console};

/// The lock's name in the folder of Vigil's state.
const NAME: &str = "setup.lock";

/// How long another one is waited for.
const PATIENCE: Duration = Duration::from_mins(2);
/// Between two looks.
const GLANCE: Duration = Duration::from_millis(100);

/// Set-up is ours until what is given back is dropped; waits until no other one is at work.
pub(super) fn hold(paths: &Paths, console: &mut Console) -> Result<File, Failure> {
    paths.make(&[paths.state()])?;
    let path = paths.state().join(NAME);
    let failed = |source| Failure::File { operation: "lock", path: path.clone(), source };
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(failed)?;
    let asked = Instant::now();
    let mut has_waited = false;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Err(TryLockError::WouldBlock) if asked.elapsed() > PATIENCE => {
                return Err(Failure::new(
                    "another `vigil setup` is at work, so nothing was done",
                    "answer what it asks, or end it, and try again",
                ));
            }
            Err(TryLockError::WouldBlock) => {}
        }
        if !has_waited && !console.json {
            console.say("Another `vigil setup` is at work; this one waits for it.");
        }
        has_waited = true;
        thread::sleep(GLANCE);
    }
}
