//! Connections that were told before it was known whose they are: a process may be found, and a
//! session named, only afterwards.

use std::collections::VecDeque;

use vigil_proto::{Batch, Event, Kind, Sensitive, Source};

/// More are not remembered; the oldest go first and stay as they were told.
const MOST: usize = 512;

/// Those that something is missing of.
#[derive(Debug, Default)]
pub(super) struct Flows(VecDeque<(Source<Sensitive>, Event<Sensitive>)>);

impl Flows {
    /// A sighting. Remembered when it has a process, and not yet its client and session.
    pub(super) fn saw(&mut self, source: &Source<Sensitive>, event: &Event<Sensitive>) {
        self.0.retain(|(_, before)| before.id != event.id);
        if event.process.is_none() || is_whole(event) {
            return;
        }
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back((source.clone(), event.clone()));
    }

    /// Those that `complete` knows more of by now, to be told again, by their sources.
    pub(super) fn again(
        &mut self,
        mut complete: impl FnMut(&mut Event<Sensitive>) -> bool,
    ) -> Vec<Batch<Sensitive>> {
        let mut batches: Vec<Batch<Sensitive>> = Vec::new();
        for (source, event) in &mut self.0 {
            if !complete(event) {
                continue;
            }
            let at = batches.iter().position(|batch| batch.source == *source);
            let at = at.unwrap_or_else(|| {
                batches.push(Batch::new(source.clone()));
                batches.len() - 1
            });
            if let Some(batch) = batches.get_mut(at) {
                batch.events.push(event.clone());
            }
        }
        self.0.retain(|(_, event)| !is_whole(event));
        batches
    }
}

fn is_whole(event: &Event<Sensitive>) -> bool {
    let Kind::Connection(flow) = &event.kind else { return true };
    flow.client.is_some() && event.session.is_some()
}
