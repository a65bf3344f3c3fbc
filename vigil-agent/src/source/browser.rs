//! What the browser extension tells of conversations on web pages. Pure. A page may claim anything of its
//! own site, so an event's identity holds the site's word and the site's own ids, and nothing that a page
//! says reaches another client's session.

use vigil_proto::{
    Batch, ContentHash, ContentHasher, Event, EventId, Kind, NaturalKey, Outcome, Sensitive,
    SessionFacts, SessionId, Source, SourceId, Timestamp, Usage, Witness,
    batch::TitleRank,
    browser::{self, Ended, LONGEST_ID, Role, Seen, Turn},
    event::{CallRank, ModelCall, Prompt, Response, System, Thinking, ToolCall},
};

use super::claude_code::short_id;

/// Most events of one turn: its text, its thoughts, its call, and as many tools and notes.
const MOST_TOOLS: usize = 64;
/// A title is the beginning of the first prompt, in characters.
const TITLE: usize = 120;
/// Characters of a name.
const NAME: usize = 200;

/// What somebody said on the page of a site, and where that was seen.
#[derive(Debug)]
pub struct Told<'a> {
    /// The site's host.
    pub site: &'a str,
    /// The browser's profile, by the name that the extension made up.
    pub profile: &'a str,
    /// By which way.
    pub by: Seen,
    /// When, by the browser's clock.
    pub at: Timestamp,
    /// When it was told.
    pub now: Timestamp,
}

/// Why a turn is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its site is none that Vigil reads.
    #[error("no site of that name is read")]
    Site,
    /// Its ids are empty or too long.
    #[error("an id is empty, or longer than {LONGEST_ID} bytes")]
    Id,
}

/// The events of `turn`.
///
/// # Errors
/// The site is not known, or the ids are none.
pub fn turn(
    turn: &Turn,
    told: &Told<'_>,
    hasher: &ContentHasher,
) -> Result<Batch<Sensitive>, Refused> {
    let client = browser::client(told.site).ok_or(Refused::Site)?;
    let is_id = |id: &str| !id.is_empty() && id.len() <= LONGEST_ID;
    if !is_id(&turn.id) || !is_id(&turn.conversation) {
        return Err(Refused::Id);
    }
    let profile: String =
        told.profile.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    let place = format!("browser:{}:{profile}", told.site);
    let source = SourceId::of(place.as_bytes());
    let place = Sensitive::from(place);
    let mut batch = Batch::new(Source { id: source, witness: Witness::Browser, place });
    batch.count("read.browser-turns", 1);
    if told.by == Seen::Page {
        batch.count("read.browser-turns-by-page", 1);
    }
    let native = short_id(turn.conversation.as_str().into());
    let session = SessionId::of(client, &native);
    let mut facts = SessionFacts::new(client, native.as_ref().into(), session);
    if turn.role == Role::User {
        let title: String = turn.text.chars().take(TITLE).collect();
        facts.title = Some((TitleRank::FirstPrompt, title.into()));
    }
    batch.sessions.push(facts);
    let seat = Seat { session, turn, at: told.at, now: told.now, hasher };
    match turn.role {
        Role::User => seat.asked(&mut batch),
        Role::Assistant => seat.answered(client, &mut batch),
    }
    Ok(batch)
}

/// A pasted text that holds a secret and was not sent yet.
///
/// # Errors
/// The site is not known.
pub fn pasted(
    site: &str,
    text: &str,
    now: Timestamp,
    hasher: &ContentHasher,
) -> Result<Batch<Sensitive>, Refused> {
    let client = browser::client(site).ok_or(Refused::Site)?;
    let place = format!("browser:{site}:pasted");
    let source = SourceId::of(place.as_bytes());
    let content = hasher.hash(text.as_bytes());
    let mut batch =
        Batch::new(Source { id: source, witness: Witness::Browser, place: place.into() });
    batch.count("read.browser-pastes", 1);
    let id = NaturalKey::Line { source, content }.id();
    let name = format!("pasted:{client}");
    let kind = Kind::System(System { name: name.into(), text: text.into() });
    batch.events.push(Event { witness: Witness::Browser, content, ..Event::own(id, now, kind) });
    Ok(batch)
}

/// Where the events of a turn stand.
struct Seat<'a> {
    session: SessionId,
    turn: &'a Turn,
    at: Timestamp,
    now: Timestamp,
    hasher: &'a ContentHasher,
}

impl Seat<'_> {
    /// The id of the event `what` of the message `message`.
    fn id(&self, message: &str, what: &str) -> EventId {
        let record = format!("{what}:{message}");
        NaturalKey::Record { session: self.session, record: &record }.id()
    }

    fn event(&self, id: EventId, content: ContentHash, kind: Kind<Sensitive>) -> Event<Sensitive> {
        let prompt = match (self.turn.role, self.turn.parent.as_deref()) {
            (Role::User, _) => Some(self.id(&self.turn.id, "prompt")),
            (Role::Assistant, parent) => parent.map(|parent| self.id(parent, "prompt")),
        };
        Event {
            witness: Witness::Browser,
            seen_at: self.now,
            session: Some(self.session),
            turn: prompt,
            content,
            ..Event::own(id, self.at, kind)
        }
    }

    fn asked(&self, batch: &mut Batch<Sensitive>) {
        let Turn { id, text, attachments, .. } = self.turn;
        let prompt = Kind::Prompt(Prompt { text: text.as_str().into() });
        let content = self.hasher.hash(text.as_bytes());
        batch.events.push(self.event(self.id(id, "prompt"), content, prompt));
        self.anew(batch);
        self.note("attachments", attachments, batch);
    }

    fn answered(&self, client: &str, batch: &mut Batch<Sensitive>) {
        let Turn { id, text, thinking, model, status, tools, citations, .. } = self.turn;
        if let Some(thinking) = thinking.as_deref().filter(|text| !text.is_empty()) {
            let content = self.hasher.hash(thinking.as_bytes());
            let kind = Kind::Thinking(Thinking { text: thinking.into() });
            batch.events.push(self.event(self.id(id, "thinking"), content, kind));
        }
        let content = self.hasher.hash(text.as_bytes());
        let kind = Kind::Response(Response { text: text.as_str().into() });
        batch.events.push(self.event(self.id(id, "response"), content, kind));
        for (index, tool) in tools.iter().take(MOST_TOOLS).enumerate() {
            let call = format!("{id}:{index}");
            let input = tool.input.as_deref().unwrap_or_default();
            let kind = Kind::ToolCall(ToolCall {
                name: cut(&tool.name, NAME).into(),
                input: input.into(),
                // The site's own servers ran it, where nobody here sees it.
                outcome: Outcome::Requested,
            });
            let event = self.event(self.id(&call, "tool"), ContentHash(0), kind);
            let tool_call = Some(short_id(call.as_str().into()).as_ref().into());
            batch.events.push(Event { tool_call, ..event });
        }
        self.note("citations", citations, batch);
        self.anew(batch);
        if let Some(model) = model.as_deref().filter(|model| !model.is_empty()) {
            let stop = (*status == Ended::Stopped).then(|| "stopped".into());
            self.call(client, cut(model, NAME), stop, batch);
        }
    }

    /// The call of the model. How many tokens it took no page says: the figures stay empty.
    fn call(
        &self,
        client: &str,
        model: &str,
        stop_reason: Option<Sensitive>,
        batch: &mut Batch<Sensitive>,
    ) {
        let provider = provider(client);
        let message = short_id(self.turn.id.as_str().into());
        let key = NaturalKey::ModelCall { provider, message: &message, request: "browser" };
        let kind = Kind::ModelCall(ModelCall {
            provider,
            model: model.into(),
            message: message.as_ref().into(),
            request: None,
            stop_reason,
            usage: Usage::default(),
            cost: None,
            rank: CallRank::Stopped,
            latency_us: None,
            first_byte_us: None,
            status: None,
        });
        batch.events.push(self.event(key.id(), ContentHash(0), kind));
    }

    /// That it stands in the place of another.
    fn anew(&self, batch: &mut Batch<Sensitive>) {
        let how = self.turn.how.as_slice();
        if matches!(self.turn.how.as_deref(), Some("edit" | "regenerate")) {
            self.note("how", how, batch);
        }
    }

    fn note(&self, name: &'static str, list: &[String], batch: &mut Batch<Sensitive>) {
        if list.is_empty() {
            return;
        }
        let text = list.iter().take(MOST_TOOLS).map(String::as_str).collect::<Vec<_>>().join("\n");
        let kind = Kind::System(System { name: name.into(), text: text.into() });
        batch.events.push(self.event(self.id(&self.turn.id, name), ContentHash(0), kind));
    }
}

/// Whose models answer on the site.
fn provider(client: &str) -> &'static str {
    match client {
        "claude-web" => "anthropic",
        "chatgpt-web" => "openai",
        "gemini-web" => "google",
        "perplexity-web" => "perplexity",
        "copilot-web" => "microsoft",
        _ => "deepseek",
    }
}

fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

#[cfg(test)]
mod tests;
