//! Who told of a session's calls: what the client says of itself beside what the proxy saw.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{Witness, Witnesses};

/// Who told of a session's model calls and tool calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SessionWitnesses {
    /// Everybody who told of any of them.
    pub by: Vec<Witness>,
    /// Its model calls.
    pub model_calls: ToldBy,
    /// Its tool calls.
    pub tool_calls: ToldBy,
}

/// How many calls were told by which side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct ToldBy {
    /// By the proxy and by the client.
    pub both: u64,
    /// By the proxy alone.
    pub proxy: u64,
    /// By the client alone, in whichever way it tells: its transcript, its hook, its telemetry.
    pub client: u64,
}

impl ToldBy {
    /// Adds `n` calls that these `witnesses` told of.
    pub fn add(&mut self, witnesses: Witnesses, n: u64) {
        let by_proxy = witnesses.contains(Witness::Proxy);
        let alone = witnesses == Witnesses::default().with(Witness::Proxy);
        *match (by_proxy, alone) {
            (_, true) => &mut self.proxy,
            (true, false) => &mut self.both,
            (false, false) => &mut self.client,
        } += n;
    }
}

impl SessionWitnesses {
    /// True when the proxy told of something and so did the client.
    pub fn is_by_both(&self) -> bool {
        self.by.contains(&Witness::Proxy) && self.by.len() > 1
    }

    /// Calls that one side alone told of, in a session of which both told.
    pub fn apart(&self) -> u64 {
        let Self { model_calls, tool_calls, .. } = self;
        if self.is_by_both() {
            model_calls.proxy + model_calls.client + tool_calls.proxy + tool_calls.client
        } else {
            0
        }
    }
}

/// In one sentence, without a full stop; nothing when nobody told of a call.
impl fmt::Display for SessionWitnesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.by.iter().map(|witness| witness.as_str()).collect();
        match names.split_last() {
            None => return Ok(()),
            Some((only, [])) => return write!(f, "seen by the {only} only"),
            Some((last, first)) => write!(f, "seen by {} and {last}", first.join(", "))?,
        }
        if !self.is_by_both() {
            return Ok(());
        }
        let others: Vec<_> = names.iter().copied().filter(|name| *name != "proxy").collect();
        let client = if let [only] = others.as_slice() { *only } else { "client" };
        let Self { model_calls, tool_calls, .. } = self;
        let sides = [
            (model_calls.proxy, tool_calls.proxy, "proxy"),
            (model_calls.client, tool_calls.client, client),
        ];
        for (models, tools, who) in sides {
            let counted = [(models, "model call"), (tools, "tool call")]
                .into_iter()
                .filter(|(n, _)| *n > 0)
                .map(|(n, what)| format!("{n} {what}{}", if n == 1 { "" } else { "s" }))
                .collect::<Vec<_>>();
            if !counted.is_empty() {
                write!(f, "; {} by the {who} only", counted.join(" and "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
