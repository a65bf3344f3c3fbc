//! What is asked of the model and what it answers: Anthropic Messages, whole and as events. Each
//! answer has an id of its own, as a provider's have. The upstream makes them, the clients hold what
//! arrives against them.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};

/// The model's host, which a proxy must decrypt.
pub(crate) const HOST: &str = "api.anthropic.com";
/// Where it is asked.
pub(crate) const PATH: &str = "/v1/messages";
/// Events of an answer that are no text.
const FRAME: u32 = 5;

/// How an answer is to be streamed; it goes to the upstream in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Events in all, at least [`FRAME`].
    pub(crate) events: u32,
    /// Milliseconds from one to the next.
    pub(crate) every_ms: u32,
    /// Bytes of text in each.
    pub(crate) text: u32,
}

impl Shape {
    pub(crate) const HEADER: &str = "x-bench-shape";

    pub(crate) fn write(self) -> String {
        format!("{},{},{}", self.events, self.every_ms, self.text)
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(',').map(|part| part.parse().ok());
        let (events, every_ms, text) = (parts.next()??, parts.next()??, parts.next()??);
        (events >= FRAME && parts.next().is_none()).then_some(Self { events, every_ms, text })
    }
}

/// A prompt of some 4 KB.
pub(crate) fn prompt(streamed: bool) -> String {
    let text = "please look at this module and say what is wrong ".repeat(80);
    format!(
        r#"{{"model":"claude-sonnet-4-5","max_tokens":1024,"stream":{streamed},"messages":[{{"role":"user","content":"{text}"}}]}}"#
    )
}

const ID_DIGITS: usize = 16;
const BEFORE_ID: &str = r#"{"id":"msg_"#;

/// A whole answer of some 2 KB.
pub(crate) fn message(number: u64) -> String {
    let text = "it holds a buffer that nobody reads again; ".repeat(40);
    format!(
        r#"{BEFORE_ID}{number:016}","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{{"type":"text","text":"{text}"}}],"stop_reason":"end_turn","usage":{{"input_tokens":900,"output_tokens":400}}}}"#
    )
}

/// Knows a whole answer when it sees one.
#[derive(Clone, Debug)]
pub(crate) struct Known(String);

impl Known {
    pub(crate) fn new() -> Self {
        Self(message(0).split_off(BEFORE_ID.len() + ID_DIGITS))
    }

    /// Everything but the id is compared.
    pub(crate) fn is_message(&self, body: &[u8]) -> bool {
        let rest = body.strip_prefix(BEFORE_ID.as_bytes());
        let Some((id, rest)) = rest.and_then(|rest| rest.split_at_checked(ID_DIGITS)) else {
            return false;
        };
        id.iter().all(u8::is_ascii_digit) && rest == self.0.as_bytes()
    }
}

/// Event `n` of an answer, with the time it is sent.
pub(crate) fn event(number: u64, shape: Shape, n: u32) -> String {
    let at = nanos();
    let (name, rest) = match n {
        0 => (
            "message_start",
            format!(
                r#""message":{{"id":"msg_{number:016}","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"usage":{{"input_tokens":900,"output_tokens":1}}}}"#
            ),
        ),
        1 => (
            "content_block_start",
            r#""index":0,"content_block":{"type":"text","text":""}"#.to_owned(),
        ),
        _ if n + 1 == shape.events => ("message_stop", r#""last":true"#.to_owned()),
        _ if n + 2 == shape.events => (
            "message_delta",
            format!(
                r#""delta":{{"stop_reason":"end_turn"}},"usage":{{"output_tokens":{}}}"#,
                shape.events
            ),
        ),
        _ if n + 3 == shape.events => ("content_block_stop", r#""index":0"#.to_owned()),
        _ => {
            let mut text = "one more word ".repeat(shape.text as usize / 14 + 1);
            text.truncate(shape.text as usize);
            (
                "content_block_delta",
                format!(r#""index":0,"delta":{{"type":"text_delta","text":"{text}"}}"#),
            )
        }
    };
    format!("event: {name}\ndata: {{\"type\":\"{name}\",\"n\":{n},\"at\":{at},{rest}}}\n\n")
}

/// Reads an answer's events as they arrive.
#[derive(Debug)]
pub(crate) struct Reading {
    shape: Shape,
    next: u32,
    rest: Vec<u8>,
    /// Milliseconds on the way, event by event.
    pub(crate) delays: Vec<f64>,
}

impl Reading {
    pub(crate) fn new(shape: Shape) -> Self {
        Self { shape, next: 0, rest: Vec::new(), delays: Vec::new() }
    }

    /// Takes what has just arrived.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<()> {
        let now = nanos();
        self.rest.extend_from_slice(bytes);
        let mut read = 0;
        while let Some(rest) = self.rest.get(read..)
            && let Some(end) = memchr::memmem::find(rest, b"\n\n")
        {
            let event = std::str::from_utf8(rest.get(..end).unwrap_or_default())?;
            self.delays.push(delay(event, self.next, now)?);
            self.next += 1;
            read += end + 2;
        }
        self.rest.drain(..read);
        Ok(())
    }

    /// All of it, to the last.
    pub(crate) fn end(self) -> Result<Vec<f64>> {
        ensure!(self.rest.is_empty(), "an event was cut");
        ensure!(
            self.next == self.shape.events,
            "{} events arrived of {}",
            self.next,
            self.shape.events
        );
        Ok(self.delays)
    }
}

/// How long `event`, which must be number `n`, was on its way.
fn delay(event: &str, n: u32, now: u64) -> Result<f64> {
    let number = |name: &str| -> Option<u64> {
        let (_, after) = event.split_once(name)?;
        after.split(',').next()?.parse().ok()
    };
    let arrived = number("\"n\":").context("an event without a number")?;
    ensure!(arrived == u64::from(n), "event {arrived} arrived in the place of {n}");
    let sent = number("\"at\":").context("an event without a time")?;
    let late = now.checked_sub(sent).context("the clock was set back meanwhile; measure again")?;
    Ok(std::time::Duration::from_nanos(late).as_secs_f64() * 1e3)
}

/// The wall clock, which both processes share.
fn nanos() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
