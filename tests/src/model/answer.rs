//! What a client asked, and what it is answered, in no API's words.

use serde_json::Value;

use super::{
    script::{Reached, Step},
    tools::{Call, Offered, call},
};

/// A request, as far as the model looks at it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) model: String,
    /// The answer shall come as events.
    pub(super) streams: bool,
    reached: Reached,
    tools: Vec<Offered>,
}

/// One answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// Unique across servers and runs, as a provider's ids are.
    pub(super) id: String,
    pub(super) model: String,
    pub(super) step: Step,
    pub(super) calls: Vec<Call>,
    /// It is a summary that the API does not show.
    pub(super) is_sealed: bool,
}

impl Asked {
    /// What `body` asks, of which the rest was read already.
    pub(super) fn new(body: &Value, reached: Reached, tools: Vec<Offered>) -> Self {
        let model = body["model"].as_str().unwrap_or_default().to_owned();
        Self { model, streams: body["stream"] == true, reached, tools }
    }

    /// The conversation's name, and how many answers it had.
    pub(super) fn at(&self) -> (&str, usize) {
        self.reached.at(!self.tools.is_empty())
    }

    /// The answer number `ordinal` of this server, which `counts` tool calls within each
    /// conversation or gives every one an id of its own.
    pub(super) fn answer(&self, ordinal: u64, counts: bool) -> Answer {
        let id = format!("{ordinal:04}{:016x}", u64::from(std::process::id()) ^ ordinal);
        let step = self.reached.step(!self.tools.is_empty());
        let of_calls = if counts { self.reached.numbered() } else { id.clone() };
        let calls = step.wishes.iter().enumerate().filter_map(|(k, wish)| {
            call(wish, &self.tools, &self.reached, format!("{of_calls}_{k}"))
        });
        let calls = calls.collect();
        let is_sealed = self.reached.is_sealed();
        Answer { id, model: self.model.clone(), step, calls, is_sealed }
    }
}

/// A text in two parts, as it would come.
pub(super) fn halves(text: &str) -> [&str; 2] {
    let (first, second) = text.split_at(text.floor_char_boundary(text.len() / 2));
    [first, second]
}
