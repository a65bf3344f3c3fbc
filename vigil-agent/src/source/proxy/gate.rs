//! Lets a client's requests through to the one host that the connection is for. A head is
//! checked before any of it is passed on; bodies pass as they come. Pure, and changes no byte.

use super::{
    framing::{BadFraming, Body},
    head::{self, BadHead},
    policy::canonical,
};

/// Why a request is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the request is for another host than the connection")]
    Misdirected,
    #[error(transparent)]
    Head(#[from] BadHead),
    #[error(transparent)]
    Body(#[from] BadFraming),
}

impl Refusal {
    /// The status line that tells the client.
    pub(super) const fn status(self) -> &'static str {
        match self {
            Self::Misdirected => "421 Misdirected Request",
            Self::Head(BadHead::TooLarge) => "431 Request Header Fields Too Large",
            Self::Head(_) | Self::Body(_) => "400 Bad Request",
        }
    }

    /// A fixed word for records.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Misdirected => "misdirected-request",
            Self::Head(BadHead::TooLarge) => "request-head-too-large",
            Self::Head(_) | Self::Body(_) => "malformed-request",
        }
    }
}

/// The requests of one connection.
pub(super) struct Gate {
    host: String,
    state: State,
    /// True until the first request has begun.
    first: bool,
    /// Bytes that may not pass yet.
    held: Vec<u8>,
}

enum State {
    /// Before or in a head.
    Head,
    /// In a body.
    Body(Body),
    /// Everything waits for the answer to a request for a WebSocket.
    Upgrade,
    /// The protocol changed: not HTTP any more.
    Opaque,
}

impl Gate {
    /// For a connection to `host`, in canonical form.
    pub(super) fn new(host: &str) -> Self {
        Self { host: host.to_owned(), state: State::Head, first: true, held: Vec::new() }
    }

    /// True when nothing passes before [`Gate::resolve_upgrade`].
    pub(super) const fn awaits_upgrade(&self) -> bool {
        matches!(self.state, State::Upgrade)
    }

    /// Takes `bytes` from the client and appends to `pass` what may go on. `begins` is given the
    /// place in `pass` of every request's first byte.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        pass: &mut Vec<u8>,
        begins: &mut Vec<usize>,
    ) -> Result<(), Refusal> {
        if self.held.is_empty() {
            let used = self.walk(bytes, pass, begins)?;
            self.held.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            self.held.extend_from_slice(bytes);
            self.release(pass, begins)?;
        }
        // While an upgrade is undecided nothing is read, so only a head can grow here.
        if self.held.len() > head::HEAD_MAX * 2 {
            return Err(BadHead::TooLarge.into());
        }
        Ok(())
    }

    /// Goes on after the answer to an upgrade: `accepted` when the protocol changed.
    pub(super) fn resolve_upgrade(
        &mut self,
        accepted: bool,
        pass: &mut Vec<u8>,
        begins: &mut Vec<usize>,
    ) -> Result<(), Refusal> {
        if self.awaits_upgrade() {
            self.state = if accepted { State::Opaque } else { State::Head };
        }
        self.release(pass, begins)
    }

    fn release(&mut self, pass: &mut Vec<u8>, begins: &mut Vec<usize>) -> Result<(), Refusal> {
        let mut held = std::mem::take(&mut self.held);
        let used = self.walk(&held, pass, begins)?;
        held.drain(..used);
        self.held = held;
        Ok(())
    }

    fn walk(
        &mut self,
        bytes: &[u8],
        pass: &mut Vec<u8>,
        begins: &mut Vec<usize>,
    ) -> Result<usize, Refusal> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let now = match &mut self.state {
                State::Upgrade => break,
                State::Opaque => rest.len(),
                State::Head => {
                    let Some(head) = head::request(rest)? else { break };
                    self.check(&head)?;
                    begins.push(pass.len());
                    let upgrade = std::mem::take(&mut self.first) && may_upgrade(&head);
                    self.state = after(head.body, upgrade);
                    head.len
                }
                State::Body(body) => {
                    let used = body.advance(rest, &mut |_| {})?;
                    if body.is_done() {
                        self.state = State::Head;
                    }
                    used
                }
            };
            pass.extend_from_slice(rest.get(..now).unwrap_or_default());
            at += now;
        }
        Ok(at)
    }

    fn check(&self, head: &head::Request) -> Result<(), Refusal> {
        // A target with a host of its own would outrank the Host field (RFC 9112, 3.2.2).
        let origin_form = head.target.starts_with('/') || head.target == "*";
        let mut hosts = head.fields.all("host");
        let host = hosts
            .next()
            .and_then(|host| str::from_utf8(host).ok())
            .map(|host| canonical(host.trim().strip_suffix(":443").unwrap_or_else(|| host.trim())));
        if origin_form && hosts.next().is_none() && host.as_deref() == Some(&*self.host) {
            Ok(())
        } else {
            Err(Refusal::Misdirected)
        }
    }
}

/// True when `head`, the first one, may change the protocol: to a WebSocket alone. HTTP/2 would
/// lead to other hosts unseen. With a body the answer could come before the body's end, and what
/// follows that answer is not ours to take for consent. For a later request it would have to be
/// told from the answers before it.
fn may_upgrade(head: &head::Request) -> bool {
    let mut wanted = head.fields.all("upgrade");
    head.method == "GET"
        && head.body.is_done()
        && head.fields.has_token("connection", "upgrade")
        && wanted.next().is_some_and(|it| it.trim_ascii().eq_ignore_ascii_case(b"websocket"))
        && wanted.next().is_none()
}

fn after(body: Body, upgrade: bool) -> State {
    match (body.is_done(), upgrade) {
        (false, _) => State::Body(body),
        (true, true) => State::Upgrade,
        (true, false) => State::Head,
    }
}

#[cfg(test)]
mod tests;
