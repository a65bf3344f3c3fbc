//! The times when Vigil did not run. Transcripts of those times are read afterwards, but nobody
//! else was there to see: each such time is a gap on record.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    time::{Duration, SystemTime},
};

use vigil_proto::{Batch, Kind, Sensitive, Timestamp, event::Gap};

use crate::pipeline::own_event;

/// The file whose time says when Vigil last ran.
const FILE: &str = "last-alive";

/// A restart takes less than this; it is no absence.
const NOTEWORTHY: Duration = Duration::from_mins(1);

/// The absence that ends now, if there was one since the last [`touch`].
pub(super) fn since_last_run(state: &Path, now: SystemTime) -> Option<Batch<Sensitive>> {
    let last = state.join(FILE).metadata().and_then(|file| file.modified()).ok()?;
    let away = now.duration_since(last).ok().filter(|away| *away >= NOTEWORTHY)?;
    let (from, to) = (Timestamp::from(last), Timestamp::from(now));
    let gap = Gap {
        reason: "not-running",
        detail: Sensitive::new(format!(
            "Vigil did not run from {:.0} to {:.0} ({} min): only what clients wrote down is known",
            from.to_jiff(),
            to.to_jiff(),
            away.as_secs() / 60,
        )),
        bytes: None,
    };
    Some(own_event("not-running", from, Kind::Gap(gap)))
}

/// Notes that Vigil runs now.
pub(super) fn touch(state: &Path, now: SystemTime) {
    let touched: io::Result<()> = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(state.join(FILE))
        .and_then(|file: File| file.set_modified(now));
    if let Err(error) = touched {
        tracing::debug!(%error, "the time of the last run could not be noted");
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use vigil_proto::Kind;

    use super::{since_last_run, touch};

    #[test]
    fn a_long_absence_is_a_gap_and_a_restart_is_none() {
        let state = tempfile::tempdir().unwrap();
        let ended = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        let later = |minutes| ended + Duration::from_mins(minutes);
        assert!(since_last_run(state.path(), ended).is_none(), "the very first run");

        touch(state.path(), ended);

        assert!(since_last_run(state.path(), ended + Duration::from_secs(30)).is_none());
        let gap = since_last_run(state.path(), later(90)).unwrap().events.remove(0);
        assert!(matches!(&gap.kind, Kind::Gap(gap) if gap.detail.expose().contains("(90 min)")));
        let again = since_last_run(state.path(), later(91)).unwrap().events.remove(0);
        assert_eq!(again.id, gap.id, "one absence is one gap, whoever tells it twice");
    }
}
