//! Reads `/proc/PID/stat` and the users in `/proc/PID/status`: pure functions from bytes, which
//! come from the kernel but hold a name that the process chose.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    sync::OnceLock,
};

use super::super::{Name, State};

/// Longer than the longest `stat`: 52 numbers of at most 20 digits and a name of at most 64 bytes.
pub(crate) const STAT_BYTES: usize = 2048;
/// More than what comes before the users in `status`: ten lines, the name escaped to at most 256
/// bytes.
pub(crate) const STATUS_BYTES: usize = 1024;

/// `USER_HZ`, the same on every architecture that Rust supports.
const TICK_US: u64 = 10_000;

/// What one `stat` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) name: Name,
    pub(crate) state: State,
    /// 0 below the kernel itself.
    pub(crate) ppid: u32,
    pub(crate) cpu_us: u64,
    pub(crate) threads: u32,
    /// Hundredths of a second since the boot.
    pub(crate) start_ticks: u64,
    pub(crate) rss_pages: u64,
    /// Where its code, stack and arguments are: another place after each exec. 0 for whoever may not
    /// know.
    pub(crate) image: [u64; 5],
}

/// Reads `stat`. The name stands in parentheses and may hold anything, parentheses, spaces and line
/// breaks too; after the last closing one there are numbers alone.
pub(crate) fn parse(stat: &[u8]) -> Option<Stat> {
    let opening = stat.iter().position(|byte| *byte == b'(')?;
    let closing = stat.iter().rposition(|byte| *byte == b')')?;
    let name = Name::cut(stat.get(opening + 1..closing)?);
    let rest = stat.get(closing + 1..)?;
    let mut words = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    // The state is field 3, the last one that is read is field 49.
    let state = state(words.next()?);
    let mut fields = [0_u64; 46];
    for field in &mut fields {
        *field = match words.next()? {
            // Some are signed; none of those is needed.
            [b'-', ..] => 0,
            digits => number(digits)?,
        };
    }
    let field = |number: usize| fields.get(number - 4).copied();
    Some(Stat {
        name,
        state,
        ppid: field(4)?.try_into().ok()?,
        cpu_us: field(14)?.checked_add(field(15)?)?.checked_mul(TICK_US)?,
        threads: field(20)?.try_into().ok()?,
        start_ticks: field(22)?,
        rss_pages: field(24)?,
        image: [field(26)?, field(27)?, field(28)?, field(48)?, field(49)?],
    })
}

fn state(word: &[u8]) -> State {
    match word {
        b"R" => State::Running,
        b"S" | b"I" | b"P" => State::Sleeping,
        b"D" | b"K" | b"W" => State::Waiting,
        b"T" | b"t" => State::Stopped,
        b"Z" | b"X" | b"x" => State::Ended,
        _ => State::Other,
    }
}

/// The real and the effective user in the beginning of `status`. The name in its first line is
/// escaped, so no line of the process's own making stands before the users.
pub(crate) fn users(status: &[u8]) -> Option<(u32, u32)> {
    let line = status.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"Uid:\t"))?;
    let mut users = line.split(|byte| *byte == b'\t').map(|word| number(word)?.try_into().ok());
    let pair = (users.next()??, users.next()??);
    // Four of them, or the line was cut.
    users.nth(1)?.map(|_: u32| pair)
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Microseconds since 1970 of a start in ticks since the boot.
///
/// # Errors
/// The kernel does not say when it was booted.
pub(crate) fn started(ticks: u64) -> io::Result<i64> {
    let us = ticks.checked_mul(TICK_US).and_then(|us| us.try_into().ok());
    us.and_then(|us: i64| us.checked_add(boot().ok()?)).ok_or_else(no_boot)
}

/// Microseconds since 1970 of the boot, in whole seconds. Read once: the kernel's answer moves when
/// somebody sets the clock, and the start of a process must not.
fn boot() -> io::Result<i64> {
    static BOOT: OnceLock<i64> = OnceLock::new();
    if let Some(boot) = BOOT.get() {
        return Ok(*boot);
    }
    let boot = read_boot()?;
    Ok(*BOOT.get_or_init(|| boot))
}

fn read_boot() -> io::Result<i64> {
    for line in BufReader::new(File::open("/proc/stat")?).split(b'\n') {
        if let Some(seconds) = line?.strip_prefix(b"btime ") {
            let seconds = number(seconds).and_then(|seconds| i64::try_from(seconds).ok());
            return seconds.and_then(|seconds| seconds.checked_mul(1_000_000)).ok_or_else(no_boot);
        }
    }
    Err(no_boot())
}

fn no_boot() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "/proc does not say when processes began")
}

#[cfg(test)]
#[path = "stat/tests.rs"]
mod tests;
