//! Whether `vigil guard` noted that it changed a client. A note waits in a file until its event is
//! committed, so it is looked for there first and then in the record: it is in one of both.

use std::{ops::ControlFlow, path::Path};

use vigil_platform::changes::Changes;
use vigil_proto::{KindName, Timestamp, change::Changed, client, report::EventFilter};
use vigil_store::Reader;

/// How long before the last look that did not see its effect a note may have been made, in
/// microseconds: between the note and what it tells of, there is a disk.
const BEFORE: i64 = 60_000_000;

/// The notes of late.
#[derive(Debug)]
pub(super) struct Notes(Vec<(String, String)>);

impl Notes {
    /// Those that wait in `state` or are in the record in `data`, and were made since `looked`.
    pub(super) fn new(state: &Path, data: &Path, looked: Timestamp) -> Self {
        let since = Timestamp::from_micros(looked.as_micros() - BEFORE);
        let mut notes = Vec::new();
        match Changes::hold(state).and_then(|changes| changes.waiting()) {
            Ok(waiting) => notes.extend(
                waiting
                    .changes()
                    .filter_map(Result::ok)
                    .filter(|change| change.at >= since)
                    .map(|change| (change.what.as_str().to_owned(), change.detail)),
            ),
            Err(error) => tracing::debug!(%error, "what was noted is not known"),
        }
        let filter = EventFilter {
            kind: Some(KindName::ConfigChange),
            since: Some(since),
            with_text: true,
            ..EventFilter::default()
        };
        let recorded = Reader::open(data).and_then(|reader| {
            reader.events(&filter, |row| {
                let text = row.text.as_ref().map(|text| text.as_str().to_owned());
                notes.extend(row.name.map(|name| name.as_str().to_owned()).zip(text));
                ControlFlow::Continue(())
            })
        });
        if let Err(error) = recorded {
            tracing::debug!(%error, "what was noted is not on record");
        }
        Self(notes)
    }

    /// True when one says that the client asks now, or no longer does.
    pub(super) fn has(&self, client: &str, asks: bool) -> bool {
        let what = if asks { Changed::GuardOn } else { Changed::GuardOff };
        let title = client::name(client).unwrap_or(client);
        let names =
            |detail: &str| detail.strip_prefix(title).is_some_and(|rest| rest.starts_with(' '));
        self.0.iter().any(|(name, detail)| name == what.as_str() && names(detail))
    }
}
