//! A request of any API: whose it is, and what in it is new.

use serde_json::Value;
use vigil_proto::Timestamp;

use super::{
    Api, Inspection, Output, Place, anthropic, bedrock,
    call::Asked,
    client::Client,
    cohere,
    dialogue::{Asking, tell},
    gemini,
    memory::Memory,
    ollama, openai,
    text::taken,
};
use crate::source::proxy::head::Fields;

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub(in crate::source::proxy) struct Request<'a> {
    pub(in crate::source::proxy) api: Api,
    /// The host (canonical) that it went to.
    pub(in crate::source::proxy) host: &'a str,
    pub(in crate::source::proxy) target: &'a str,
    pub(in crate::source::proxy) fields: &'a Fields,
    pub(in crate::source::proxy) body: &'a [u8],
}

/// Why a request gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skipped {
    /// The user excluded the client or the project.
    Excluded,
    /// The body is not a request of this API.
    Unreadable,
}

/// Reads a `request`, seen at `at`.
pub(super) fn read(
    request: &Request<'_>,
    at: Timestamp,
    inspection: &mut Inspection<'_>,
) -> Result<Asked, Skipped> {
    let Inspection { place, exclusions, memory, out, agent, .. } = inspection;
    let body: Value = serde_json::from_slice(request.body).map_err(|_| Skipped::Unreadable)?;
    let Request { api, host, target, fields, .. } = *request;
    let mut client = Client::of(fields, agent);
    if exclusions.client(&client.word) || client.agent.is_some_and(|it| exclusions.client(it)) {
        return Err(Skipped::Excluded);
    }
    let mut asking = match api {
        Api::Messages | Api::Invoke => anthropic::read(body),
        Api::Responses => openai::responses::read(body),
        Api::Chat => openai::chat::read(body),
        Api::Gemini => gemini::read(body),
        Api::OllamaChat => ollama::read_chat(body),
        Api::OllamaGenerate => ollama::read_generate(&body),
        Api::Cohere => cohere::read(body),
        Api::Converse => bedrock::read(body),
    };
    let cwd = asking.cwd.as_deref();
    if exclusions.any_project() && cwd.is_some_and(|cwd| exclusions.project(cwd)) {
        return Err(Skipped::Excluded);
    }
    client.session = client.session.or_else(|| asking.session.take());
    if asking.model.is_empty() {
        asking.model = api.model_in(target);
    }
    let told = told(api, client, &asking, at, *place, memory, out);
    Ok(Asked {
        provider: api.provider(host),
        client: told.client,
        session: told.session,
        thread: told.thread,
        turn: told.turn,
        scope: told.scope,
        after: told.after,
        again: told.again,
        model: taken(&asking.model),
        reader: api.reader(),
        generates: !asking.warms_up,
    })
}

fn told(
    api: Api,
    client: Client,
    asking: &Asking,
    at: Timestamp,
    place: Place<'_>,
    memory: &mut Memory,
    out: &mut Output,
) -> super::dialogue::Told {
    let tell = match api {
        Api::Messages | Api::Invoke => tell::<anthropic::Messages>,
        Api::Responses => tell::<openai::responses::Items>,
        Api::Chat => tell::<openai::chat::Messages>,
        Api::Gemini => tell::<gemini::Contents>,
        Api::OllamaChat | Api::OllamaGenerate => tell::<ollama::Messages>,
        Api::Cohere => tell::<cohere::Messages>,
        Api::Converse => tell::<bedrock::Messages>,
    };
    tell(client, asking, at, place, memory, out)
}
