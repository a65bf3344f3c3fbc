//! The tool calls that ran a command lately.

use std::collections::{BTreeMap, HashMap};

use vigil_proto::{
    Event, EventId, Sensitive, SessionId, Timestamp,
    event::{ProcessRef, ToolCall},
};

use super::{
    command::{self, Fit},
    processes::{Owner, Work},
};

/// More calls than this are not remembered, and not more bytes of their commands: the oldest go
/// first.
const MOST: usize = 2048;
const MOST_BYTES: usize = 4 << 20;
/// How long a call may wait for a person's consent, in microseconds.
const CONSENT: i64 = 3600 * 1_000_000;
/// How far the clocks of a transcript and of the kernel may seem apart, in microseconds.
const APART: i64 = 100_000;
/// As `APART`, for a process whose start was found in a table: its second may have been cut.
const FAR_APART: i64 = 1_500_000;

type Key = (SessionId, String);

#[derive(Debug, Default)]
pub(super) struct Calls {
    /// By their time, and a number that tells those of the same time apart.
    by_time: BTreeMap<(Timestamp, u64), Call>,
    keys: HashMap<Key, (Timestamp, u64)>,
    asked: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Call {
    key: Key,
    at: Timestamp,
    answered: Option<Timestamp>,
    command: String,
    thread: Option<Sensitive>,
    turn: Option<EventId>,
    /// The process that runs it: it has only one.
    process: Option<ProcessRef>,
}

impl Calls {
    /// A tool was asked for. True when that is news, and it runs a command.
    pub(super) fn asked(
        &mut self,
        session: SessionId,
        event: &Event<Sensitive>,
        call: &ToolCall<Sensitive>,
    ) -> bool {
        let Some(id) = &event.tool_call else { return false };
        let key = (session, id.expose().to_owned());
        if self.keys.contains_key(&key) {
            return false;
        }
        let Some(command) = command::of_tool(call.input.expose()) else { return false };
        self.bytes += command.len();
        self.asked += 1;
        self.keys.insert(key.clone(), (event.at, self.asked));
        let call = Call {
            key,
            at: event.at,
            answered: None,
            command,
            thread: event.thread.clone(),
            turn: event.turn,
            process: None,
        };
        self.by_time.insert((event.at, self.asked), call);
        while (self.by_time.len() > MOST || self.bytes > MOST_BYTES)
            && let Some((_, oldest)) = self.by_time.pop_first()
        {
            self.keys.remove(&oldest.key);
            self.bytes = self.bytes.saturating_sub(oldest.command.len());
        }
        true
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_time.len()
    }

    /// The tool gave its result: when it was asked for, when that is news.
    pub(super) fn answered(
        &mut self,
        session: SessionId,
        event: &Event<Sensitive>,
    ) -> Option<Timestamp> {
        let key = (session, event.tool_call.as_ref()?.expose().to_owned());
        let call = self.by_time.get_mut(self.keys.get(&key)?)?;
        if call.answered.is_some() {
            return None;
        }
        call.answered = Some(event.at);
        Some(call.at)
    }

    /// The one call, of a session that `may_be` the process's, that it runs.
    pub(super) fn that_ran(
        &mut self,
        work: &Work,
        may_be: impl Fn(SessionId) -> bool,
    ) -> Option<Owner> {
        let arguments = work.arguments.as_deref()?;
        let fits = |apart: i64| {
            let around = |by: i64| Timestamp::from_micros(work.at.as_micros().saturating_add(by));
            let near = (around(-CONSENT), 0)..=(around(apart), u64::MAX);
            let calls = self.by_time.range(near).filter(|(_, call)| {
                may_be(call.key.0)
                    && call.is_at(work.at, apart)
                    && call.process.is_none_or(|process| process == work.process)
            });
            let fitting = calls.filter_map(|(number, call)| {
                Some((command::fit(arguments, &call.command)?, *number, call))
            });
            best(fitting.collect())
        };
        // Where both fit only by the wider measure, the narrower tells them apart.
        let number = match fits(FAR_APART) {
            Found::One(number) => number,
            Found::None => return None,
            Found::Several => match fits(APART) {
                Found::One(number) => number,
                Found::None | Found::Several => return None,
            },
        };
        let call = self.by_time.get_mut(&number)?;
        call.process = Some(work.process);
        Some(Owner {
            session: call.key.0,
            thread: call.thread.clone(),
            turn: call.turn,
            tool_call: Some(call.key.1.as_str().into()),
        })
    }
}

impl Call {
    fn is_at(&self, at: Timestamp, apart: i64) -> bool {
        let (at, asked) = (at.as_micros(), self.at.as_micros());
        let latest = match self.answered {
            Some(answered) => answered.as_micros().saturating_add(apart),
            None => asked.saturating_add(CONSENT),
        };
        (asked.saturating_sub(apart)..=latest).contains(&at)
    }
}

enum Found {
    None,
    One((Timestamp, u64)),
    Several,
}

/// The call that fits best. One whose command is a part of another's is not the process's.
fn best(mut fitting: Vec<(Fit, (Timestamp, u64), &Call)>) -> Found {
    let Some(top) = fitting.iter().map(|(fit, ..)| *fit).max() else { return Found::None };
    fitting.retain(|(fit, ..)| *fit == top);
    let longest = fitting.iter().max_by_key(|(.., call)| call.command.len());
    let Some((_, number, call)) = longest else { return Found::None };
    let is_in_it = |(_, theirs, other): &(Fit, (Timestamp, u64), &Call)| {
        theirs == number
            || other.command.len() < call.command.len()
                && command::has(&call.command, &other.command)
    };
    if fitting.iter().all(is_in_it) { Found::One(*number) } else { Found::Several }
}
