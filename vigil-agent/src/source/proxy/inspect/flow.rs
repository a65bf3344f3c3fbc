//! One decrypted flow: its requests paired with their answers. A part that cannot be read makes
//! the flow deaf until the next request begins.

use std::{collections::VecDeque, mem, sync::Arc};

use vigil_proto::Timestamp;

use super::decode::Decoder;
use crate::source::proxy::{
    framing::Body,
    head::{self, Fields},
    kept::Kept,
    provider::{Api, Call, Inspection, Picked, Request, Started},
    tee::Direction,
    websocket::{Conversation, Wish},
};

/// The most bytes of a request's body that are read.
const REQUEST_MAX: usize = 32 * 1024 * 1024;

/// A flow's state.
pub(super) struct Flow {
    /// For logs.
    number: u64,
    host: Arc<str>,
    request: Side,
    response: Side,
    /// The request whose body is being read.
    asking: Option<Asking>,
    /// Requests that wait for their answers.
    waiting: VecDeque<Waiting>,
    /// The answer that is being read.
    answering: Option<Answering>,
    deaf: bool,
    /// The first request's, until it is answered.
    wish: Option<Wish>,
    /// After a change of protocol.
    opaque: bool,
    /// What is read of it then.
    conversation: Option<Conversation>,
}

/// Where a direction stands.
enum Side {
    Head(Vec<u8>),
    Body(Body),
}

impl Default for Side {
    fn default() -> Self {
        Self::Head(Vec::new())
    }
}

struct Asking {
    began: Timestamp,
    is_head: bool,
    /// True when upstream did not wait for the whole request.
    answered: bool,
    /// Present when a provider's parser wants the body.
    wanted: Option<Wanted>,
}

/// A request for a provider's parser.
struct Wanted {
    api: Api,
    target: String,
    fields: Fields,
    decoder: Decoder,
    kept: Kept,
}

struct Waiting {
    is_head: bool,
    call: Option<Call>,
}

struct Answering {
    call: Option<Call>,
    decoder: Option<Decoder>,
}

impl Flow {
    pub(super) fn new(number: u64, host: Arc<str>) -> Self {
        Self {
            number,
            host,
            request: Side::default(),
            response: Side::default(),
            asking: None,
            waiting: VecDeque::new(),
            answering: None,
            deaf: false,
            wish: None,
            opaque: false,
            conversation: None,
        }
    }

    /// True while nothing is read.
    pub(super) const fn is_deaf(&self) -> bool {
        self.deaf
    }

    /// The calls that are under way: those of which something is still to come, asked or answered.
    pub(super) fn calls(&self) -> impl Iterator<Item = Started<'_>> {
        let asked = self.asking.iter().filter(|asking| asking.wanted.is_some());
        let asked = asked.map(|asking| Started { began: asking.began, session: None });
        let waiting = self.waiting.iter().filter_map(|waiting| waiting.call.as_ref());
        let answering = self.answering.iter().filter_map(|answering| answering.call.as_ref());
        let spoken = self.conversation.iter().filter_map(Conversation::call);
        asked.chain(waiting.chain(answering).chain(spoken).map(Call::started))
    }

    /// The user wants to be watched now, or does not. For a WebSocket this holds from the next
    /// message on; for requests [`Flow::begin`] is told.
    pub(super) const fn pause(&mut self, paused: bool) {
        if let Some(conversation) = &mut self.conversation {
            conversation.pause(paused);
        }
    }

    /// The next bytes of the request direction begin a request. With `resync`, or after
    /// something unreadable, everything before it is forgotten.
    pub(super) fn begin(&mut self, resync: bool, paused: bool) {
        if self.opaque {
            return;
        }
        if resync || self.deaf || paused {
            let fresh = Self::new(self.number, Arc::clone(&self.host));
            *self = Self { deaf: paused, ..fresh };
        }
    }

    /// A copy of bytes came.
    pub(super) fn data(
        &mut self,
        direction: Direction,
        mut bytes: &[u8],
        at: Timestamp,
        inspection: &mut Inspection<'_>,
    ) {
        while !bytes.is_empty() && !self.deaf && !self.opaque {
            let step = match direction {
                Direction::Request => self.request_step(bytes, at, inspection),
                Direction::Response => self.response_step(bytes, at, inspection),
            };
            match step {
                Ok(used) => bytes = bytes.get(used..).unwrap_or_default(),
                Err(reason) => {
                    let detail = format!("an exchange with {} could not be read", self.host);
                    inspection.gap(reason, &detail, at);
                    self.deaf = true;
                    // Nothing of it will be looked at any more.
                    (self.asking, self.answering) = (None, None);
                    self.waiting.clear();
                }
            }
        }
        if let Some(conversation) = &mut self.conversation
            && !bytes.is_empty()
        {
            conversation.data(direction, bytes, at, inspection);
        }
    }

    /// A direction ended.
    pub(super) fn end(
        &mut self,
        direction: Direction,
        clean: bool,
        at: Timestamp,
        inspection: &mut Inspection<'_>,
    ) {
        let until_close = matches!(self.response, Side::Body(Body::UntilClose));
        if direction == Direction::Response && until_close && !self.deaf {
            self.answer_done(clean, at, inspection);
        }
    }

    /// The flow ended: whatever is not complete will not be.
    pub(super) fn finish(&mut self, at: Timestamp, inspection: &mut Inspection<'_>) {
        if let Some(conversation) = self.conversation.take() {
            conversation.end(at, inspection);
        }
        if self.deaf || self.opaque {
            return;
        }
        if self.answering.is_some() {
            self.answer_done(false, at, inspection);
        } else if self.waiting.iter().any(|waiting| waiting.call.is_some()) {
            inspection.gap("no-answer", "the connection ended before an answer", at);
        }
        if self.asking.as_ref().is_some_and(|asking| asking.wanted.is_some()) {
            inspection.gap("request-cut", "the connection ended within a request", at);
        }
    }

    fn request_step(
        &mut self,
        bytes: &[u8],
        at: Timestamp,
        inspection: &mut Inspection<'_>,
    ) -> Result<usize, &'static str> {
        match &mut self.request {
            Side::Head(held) => {
                let before = held.len();
                held.extend_from_slice(bytes);
                let Some(head) = head::request(held).map_err(|_| "unreadable-head")? else {
                    return Ok(bytes.len());
                };
                let wanted = match Api::pick(&self.host, &head.method, &head.target) {
                    Picked::Call(api) => Some(Wanted {
                        api,
                        target: head.target.clone(),
                        decoder: Decoder::new(&head.fields)?,
                        fields: head.fields.clone(),
                        kept: Kept::default(),
                    }),
                    Picked::Named(counter) => {
                        inspection.out.count(counter, 1);
                        None
                    }
                    Picked::Nothing => None,
                };
                let is_head = head.method == "HEAD";
                self.wish = Wish::of(&head.target, &head.fields);
                self.asking = Some(Asking { began: at, is_head, answered: false, wanted });
                let used = head.len - before;
                self.request = Side::Body(head.body);
                self.request_done_if(at, inspection);
                Ok(used)
            }
            Side::Body(body) => {
                let mut failed = Ok(());
                let asking = &mut self.asking;
                let advanced = body
                    .advance(bytes, &mut |data| {
                        if let Some(Asking { wanted: Some(wanted), .. }) = asking
                            && failed.is_ok()
                        {
                            let Wanted { decoder, kept, .. } = wanted;
                            let mut has_room = true;
                            failed = decoder.push(data, &mut |plain| {
                                has_room = has_room && kept.add(plain);
                            });
                            if kept.bytes().len() > REQUEST_MAX {
                                failed = Err("body-too-large");
                            } else if !has_room {
                                failed = Err("inspect-memory");
                            }
                        }
                    })
                    .map_err(|_| "unreadable-body");
                // What could not be read came before what breaks the framing.
                let used = failed.and(advanced)?;
                self.request_done_if(at, inspection);
                Ok(used)
            }
        }
    }

    fn request_done_if(&mut self, at: Timestamp, inspection: &mut Inspection<'_>) {
        if !matches!(&self.request, Side::Body(body) if body.is_done()) {
            return;
        }
        self.request = Side::default();
        let Some(Asking { began, is_head, answered, wanted }) = self.asking.take() else { return };
        let call = wanted.and_then(|wanted| {
            let Wanted { api, target, fields, kept, .. } = &wanted;
            let request =
                Request { api: *api, host: &self.host, target, fields, body: kept.bytes() };
            inspection.call(&request, began, at)
        });
        if !answered {
            self.waiting.push_back(Waiting { is_head, call });
        }
    }

    fn response_step(
        &mut self,
        bytes: &[u8],
        at: Timestamp,
        inspection: &mut Inspection<'_>,
    ) -> Result<usize, &'static str> {
        match &mut self.response {
            Side::Head(held) => {
                let before = held.len();
                held.extend_from_slice(bytes);
                let Some(head) = head::response(held).map_err(|_| "unreadable-head")? else {
                    return Ok(bytes.len());
                };
                let used = head.len - before;
                if head.status == 101 {
                    self.opaque = true;
                    self.waiting.clear();
                    if let Some(wish) = self.wish.take() {
                        self.conversation = wish.granted(&self.host, &head.fields)?;
                    }
                    return Ok(used);
                }
                self.response = Side::default();
                if head.status < 200 {
                    return Ok(used);
                }
                let (is_head, mut call) = if let Some(waiting) = self.waiting.pop_front() {
                    (waiting.is_head, waiting.call)
                } else {
                    // Upstream did not wait for the whole request.
                    let asking = self.asking.as_mut().ok_or("answer-without-request")?;
                    asking.answered = true;
                    (asking.is_head, None)
                };
                let decoder = match (&mut call, Decoder::new(&head.fields)) {
                    (Some(call), decoder) => {
                        call.head(head.status, &head.fields, at);
                        Some(decoder?)
                    }
                    (None, _) => None,
                };
                self.answering = Some(Answering { call, decoder });
                self.response = Side::Body(if is_head { Body::Empty } else { head.body });
                self.answer_done_if(at, inspection);
                Ok(used)
            }
            Side::Body(body) => {
                let mut failed = Ok(());
                let answering = &mut self.answering;
                let advanced = body
                    .advance(bytes, &mut |data| {
                        if let Some(Answering { call: Some(call), decoder: Some(decoder) }) =
                            answering
                            && failed.is_ok()
                        {
                            let mut read = Ok(());
                            failed = decoder.push(data, &mut |plain| {
                                if read.is_ok() {
                                    read = call.data(plain, at, inspection.place, inspection.out);
                                }
                            });
                            failed = read.and(failed);
                        }
                    })
                    .map_err(|_| "unreadable-body");
                // What could not be read came before what breaks the framing.
                let used = failed.and(advanced)?;
                self.answer_done_if(at, inspection);
                Ok(used)
            }
        }
    }

    fn answer_done_if(&mut self, at: Timestamp, inspection: &mut Inspection<'_>) {
        if matches!(&self.response, Side::Body(body) if body.is_done()) {
            self.answer_done(true, at, inspection);
        }
    }

    fn answer_done(&mut self, complete: bool, at: Timestamp, inspection: &mut Inspection<'_>) {
        self.response = Side::default();
        let answering = mem::take(&mut self.answering);
        if let Some(Answering { call: Some(call), .. }) = answering {
            inspection.end(call, complete, at);
        }
    }
}
