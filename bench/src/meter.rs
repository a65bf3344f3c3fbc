//! What a process has used, and when it has come to rest.

use std::time::Duration;

use vigil_platform::process;

/// How long it is looked at at a time.
const LOOK: Duration = Duration::from_millis(50);
/// Less CPU time than this in one look is rest.
const REST: Duration = Duration::from_millis(1);
/// Looks in which it must rest, one after another.
const LOOKS: u32 = 4;
/// Longer is not waited: what it still does is not counted.
const PATIENCE: Duration = Duration::from_secs(30);

/// One process. Where the platform does not say what it uses, every answer is `None`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meter {
    pid: u32,
}

impl Meter {
    pub(crate) fn new(pid: u32) -> Self {
        Self { pid }
    }

    /// CPU time so far, of all its threads.
    pub(crate) fn cpu(self) -> Option<Duration> {
        process::cost(self.pid).map(|cost| cost.cpu)
    }

    /// Megabytes it holds now.
    #[expect(clippy::cast_precision_loss, reason = "to three digits")]
    pub(crate) fn memory(self) -> Option<f64> {
        process::cost(self.pid).map(|cost| cost.memory as f64 / 1e6)
    }

    /// Waits until it has done what is left over, so that its cost is whole and nobody after it pays.
    /// False when it does not rest.
    pub(crate) async fn rests(self) -> bool {
        let start = tokio::time::Instant::now();
        let (mut before, mut quiet) = (self.cpu(), 0);
        while quiet < LOOKS {
            if start.elapsed() > PATIENCE {
                return false;
            }
            tokio::time::sleep(LOOK).await;
            let now = self.cpu();
            let Some((now_cpu, before_cpu)) = now.zip(before) else { return true };
            quiet = if now_cpu.saturating_sub(before_cpu) < REST { quiet + 1 } else { 0 };
            before = now;
        }
        true
    }
}

/// How many programs wanted to run, over the last minute, where the system tells it in a file.
pub(crate) fn load_average() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
