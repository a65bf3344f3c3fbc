//! Completes what is on record of pauses. An agent that was killed while it began or ended one has not said
//! so, and one that could not note a pause took it along: what is owed is recorded at the next start, before
//! anybody is asked, so that no pause is without its beginning or lasts on record for good.

use std::time::SystemTime;

use vigil_platform::paused::{self, Noted};
use vigil_proto::Timestamp;
use vigil_store::Reader;

use super::Setup;
use crate::pipeline::{Inlet, own_change};

/// A note that says nothing readable is of a pause since then: of all time.
const ALWAYS: i64 = 1;

/// Records what is owed. To be asked for before pauses can begin and end.
pub(super) fn complete(setup: &Setup, inlet: &Inlet) {
    let recorded = Reader::open(setup.paths.data()).and_then(|reader| reader.pauses());
    let (recorded, noted) = match (recorded, paused::read(setup.paths.state())) {
        (Ok(recorded), Ok(noted)) => (recorded, noted),
        (Err(error), _) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "pauses on record are not known"
            );
            return;
        }
        (_, Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a noted pause is not known");
            return;
        }
    };
    let owed = owed(recorded.last().copied(), noted, Timestamp::from(SystemTime::now()));
    if owed.is_empty() {
        return;
    }
    for (what, at) in owed {
        let detail = "recorded at the next start: Vigil had ended before it was on record";
        // An inlet that is closed already belongs to an agent that is ending.
        let _ = inlet.send(own_change(what, detail.to_owned(), at));
    }
    let _ = inlet.flush();
}

/// What is missing at the time `now` after the `last` pause on record, when this is `noted`.
fn owed(
    last: Option<(Timestamp, Option<Timestamp>)>,
    noted: Option<Noted>,
    now: Timestamp,
) -> Vec<(&'static str, Timestamp)> {
    let (is_open, ended) = match last {
        Some((_, ended)) => (ended.is_none(), ended),
        None => (false, None),
    };
    let Some(Noted { since, until }) = noted else {
        // It ended with its agent, or never began: no later than now.
        return if is_open { vec![("resume", now)] } else { Vec::new() };
    };
    if until.is_some_and(|until| ended.is_some_and(|ended| ended >= until)) {
        return Vec::new();
    }
    let mut owed = Vec::new();
    let began = if let Some((began, None)) = last {
        began
    } else {
        let known = if since.as_micros() <= ALWAYS { now } else { since };
        let began = ended.map_or(known, |ended| known.max(ended));
        owed.push(("pause", began));
        began
    };
    if let Some(until) = until {
        // An end before that is of an earlier one.
        owed.push(("resume", if until < began { now } else { until }));
    }
    owed
}

#[cfg(test)]
mod tests {
    use vigil_platform::paused::Noted;
    use vigil_proto::Timestamp;

    use super::owed;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn missing(
        last: Option<(i64, Option<i64>)>,
        noted: Option<(i64, Option<i64>)>,
    ) -> Vec<(&'static str, i64)> {
        let last = last.map(|(from, to)| (at(from), to.map(at)));
        let noted = noted.map(|(since, until)| Noted { since: at(since), until: until.map(at) });
        let owed = owed(last, noted, at(99));
        owed.into_iter().map(|(what, at)| (what, at.as_micros())).collect()
    }

    #[test]
    fn nothing_is_owed_where_all_is_on_record() {
        assert_eq!(missing(None, None), []);
        assert_eq!(missing(Some((10, Some(20))), None), []);
        assert_eq!(missing(Some((10, None)), Some((10, None))), [], "it lasts");
        assert_eq!(missing(Some((10, Some(20))), Some((10, Some(20)))), []);
        assert_eq!(missing(Some((30, None)), Some((10, None))), [], "gaps of two are owed");
    }

    #[test]
    fn killed_before_it_said_so_it_is_told_at_the_next_start() {
        assert_eq!(missing(None, Some((10, None))), [("pause", 10)]);
        assert_eq!(missing(Some((10, Some(20))), Some((30, None))), [("pause", 30)]);
        assert_eq!(missing(Some((10, None)), Some((10, Some(20)))), [("resume", 20)]);
        let both = [("pause", 30), ("resume", 40)];
        assert_eq!(missing(Some((10, Some(20))), Some((30, Some(40)))), both);
    }

    #[test]
    fn an_end_on_record_that_never_came_is_taken_back() {
        assert_eq!(missing(Some((10, Some(20))), Some((10, None))), [("pause", 20)]);
    }

    #[test]
    fn a_pause_that_nobody_noted_ends_at_the_next_start() {
        assert_eq!(missing(Some((10, None)), None), [("resume", 99)]);
        assert_eq!(missing(Some((30, None)), Some((10, Some(20)))), [("resume", 99)]);
    }

    #[test]
    fn a_note_that_cannot_be_read_is_no_beginning_of_all_time_on_record() {
        assert_eq!(missing(None, Some((1, None))), [("pause", 99)]);
    }
}
