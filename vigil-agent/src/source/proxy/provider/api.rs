//! Which API a request speaks: told by its host and path alone. Pure.

use super::{anthropic, bedrock, cohere, gemini, ollama, openai, reply::Reader, text::taken};

/// An API whose exchanges are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::proxy) enum Api {
    /// Anthropic's Messages.
    Messages,
    /// `OpenAI`'s Responses.
    Responses,
    /// `OpenAI`'s Chat Completions, which many speak.
    Chat,
    /// Gemini's `generateContent`.
    Gemini,
    OllamaChat,
    OllamaGenerate,
    /// Cohere's Chat, version 2.
    Cohere,
    /// Bedrock's Converse.
    Converse,
    /// Bedrock's invocation of a model with a body of its maker's: Anthropic's Messages.
    Invoke,
}

/// What a request is to the inspector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::proxy) enum Picked {
    /// One of an API that is read.
    Call(Api),
    /// Known, and not read: the name of its counter.
    Named(&'static str),
    /// Nothing that is known.
    Nothing,
}

impl Api {
    /// What a request with this `method` for `target` at `host` (canonical) is.
    pub(in crate::source::proxy) fn pick(host: &str, method: &str, target: &str) -> Picked {
        let path = target.split('?').next().unwrap_or_default();
        if path == "/v1/messages/batches" || path.starts_with("/v1/messages/batches/") {
            return Picked::Named("skip.batches");
        }
        if method != "POST" {
            return Picked::Nothing;
        }
        if let Some(rest) = path.strip_prefix("/model/")
            && host.starts_with("bedrock-runtime.")
        {
            return match rest.rsplit_once('/').unwrap_or_default() {
                (_, "converse" | "converse-stream") => Picked::Call(Self::Converse),
                (model, "invoke" | "invoke-with-response-stream")
                    if model.contains("anthropic.") =>
                {
                    Picked::Call(Self::Invoke)
                }
                _ => Picked::Named("skip.bedrock-model"),
            };
        }
        match (host, path) {
            (_, "/v1/messages") => Picked::Call(Self::Messages),
            (_, "/v1/messages/count_tokens") => Picked::Named("skip.count-tokens"),
            ("api.cohere.com" | "api.cohere.ai", "/v2/chat") => Picked::Call(Self::Cohere),
            (_, "/v1/batches" | "/v1/files") => Picked::Named("skip.batches"),
            (_, "/api/chat") if is_ollama(host) => Picked::Call(Self::OllamaChat),
            (_, "/api/generate") if is_ollama(host) => Picked::Call(Self::OllamaGenerate),
            _ if path.ends_with("/chat/completions") => Picked::Call(Self::Chat),
            _ if path.ends_with("/responses") => Picked::Call(Self::Responses),
            _ => match path.rsplit_once(':') {
                Some((_, "generateContent" | "streamGenerateContent")) => {
                    Picked::Call(Self::Gemini)
                }
                Some((_, "countTokens")) => Picked::Named("skip.count-tokens"),
                Some((_, "batchGenerateContent")) => Picked::Named("skip.batches"),
                Some((_, "rawPredict" | "streamRawPredict"))
                    if path.contains("/publishers/anthropic/") =>
                {
                    Picked::Call(Self::Messages)
                }
                _ => Picked::Nothing,
            },
        }
    }

    /// A reader for one answer.
    pub(super) fn reader(self) -> Box<dyn Reader> {
        match self {
            Self::Messages => Box::<anthropic::Answers>::default(),
            Self::Invoke => Box::<bedrock::Invoked>::default(),
            Self::Responses => Box::<openai::responses::Answers>::default(),
            Self::Chat => Box::<openai::chat::Answers>::default(),
            Self::Gemini => Box::<gemini::Answers>::default(),
            Self::OllamaChat | Self::OllamaGenerate => Box::<ollama::Answers>::default(),
            Self::Cohere => Box::<cohere::Answers>::default(),
            Self::Converse => Box::<bedrock::Converse>::default(),
        }
    }

    /// Who answers at `host`, in the words of OpenTelemetry's conventions where they have one.
    pub(super) fn provider(self, host: &str) -> &'static str {
        let by_host = |host: &str| PROVIDERS.iter().find(|(end, _)| is_below(host, end));
        match self {
            Self::OllamaChat | Self::OllamaGenerate => "ollama",
            Self::Converse | Self::Invoke => "aws.bedrock",
            _ => match (by_host(host), self) {
                (Some((_, provider)), _) => provider,
                (None, Self::Messages) => "anthropic",
                (None, Self::Gemini) => "gcp.gemini",
                (None, Self::Cohere) => "cohere",
                // Somebody else's host that speaks like OpenAI's.
                (None, _) => "openai-compatible",
            },
        }
    }

    /// The model that the path names, where that is its place.
    pub(super) fn model_in(self, target: &str) -> String {
        let path = target.split('?').next().unwrap_or_default();
        let after = |word: &str| path.split_once(word).map_or("", |(_, rest)| rest);
        let model = match self {
            Self::Converse | Self::Invoke => {
                after("/model/").rsplit_once('/').map_or("", |(model, _)| model)
            }
            Self::Gemini | Self::Messages => {
                after("/models/").rsplit_once(':').map_or("", |(model, _)| model)
            }
            Self::Chat | Self::Responses => {
                after("/deployments/").split('/').next().unwrap_or_default()
            }
            _ => "",
        };
        taken(&model.replace("%3A", ":").replace("%3a", ":"))
    }
}

/// Hosts (and what is below them) and who answers there.
const PROVIDERS: &[(&str, &str)] = &[
    ("api.anthropic.com", "anthropic"),
    ("api.openai.com", "openai"),
    ("chatgpt.com", "openai"),
    ("openai.azure.com", "azure.ai.openai"),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("cloudcode-pa.googleapis.com", "gcp.gemini"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
    ("api.mistral.ai", "mistral_ai"),
    ("api.groq.com", "groq"),
    ("api.together.xyz", "together"),
    ("api.deepseek.com", "deepseek"),
    ("api.x.ai", "x_ai"),
    ("api.fireworks.ai", "fireworks"),
    ("api.perplexity.ai", "perplexity"),
    ("api.cohere.com", "cohere"),
    ("api.cohere.ai", "cohere"),
    ("openrouter.ai", "openrouter"),
    ("githubcopilot.com", "github.copilot"),
];

fn is_below(host: &str, end: &str) -> bool {
    host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a path as common as Ollama's may be Ollama's at `host`: not where somebody else is
/// known to answer.
fn is_ollama(host: &str) -> bool {
    !PROVIDERS.iter().any(|(end, _)| is_below(host, end))
}

#[cfg(test)]
mod tests;
