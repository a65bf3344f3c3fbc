//! The hosts of AI services that an authority of ours may be trusted for, by everybody on the
//! machine. To be here, a name must serve an AI's interface and nothing else: no page to log in at,
//! no parent below which other people's hosts are.

/// How much of the names below it an entry stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// The name as it is written. (Certificates know no constraint that ends there: what is below
    /// it is permitted with it, and is its owner's.)
    Name,
    /// Also any one name below it, by itself.
    Below,
}

/// A host, or a domain of hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// In lower case, without a final dot.
    pub name: &'static str,
    /// What else it stands for.
    pub covers: Covers,
    /// Why it may be here.
    pub why: &'static str,
}

const fn host(name: &'static str, why: &'static str) -> Host {
    Host { name, covers: Covers::Name, why }
}

const fn domain(name: &'static str, why: &'static str) -> Host {
    Host { name, covers: Covers::Below, why }
}

/// Why a name of Amazon's is here.
const BEDROCK: &str = "Amazon Bedrock's models in one region; a name for nothing else";
/// Why a name of GitHub's is here.
const COPILOT: &str = "GitHub Copilot's models; logging in is at github.com";

/// Every host that an authority may be trusted for. `openrouter.ai`, `chatgpt.com` and `claude.ai`
/// are left out: people log in there.
pub const AI_HOSTS: &[Host] = &[
    host("api.anthropic.com", "Anthropic's interface; logging in is at other names"),
    host("api.openai.com", "OpenAI's interface; logging in is at auth.openai.com"),
    host("generativelanguage.googleapis.com", "the Gemini interface; never its parent"),
    host("aiplatform.googleapis.com", "Vertex AI; never its parent"),
    host("cloudcode-pa.googleapis.com", "Gemini for Gemini CLI; never its parent"),
    host("api.mistral.ai", "Mistral's interface; logging in is at other names"),
    host("api.groq.com", "Groq's interface; logging in is at console.groq.com"),
    host("api.together.xyz", "Together's interface"),
    host("api.deepseek.com", "DeepSeek's interface; logging in is at platform.deepseek.com"),
    host("api.x.ai", "xAI's interface; logging in is at other names"),
    host("api.fireworks.ai", "Fireworks' interface"),
    host("api.perplexity.ai", "Perplexity's interface"),
    host("api.cohere.com", "Cohere's interface; logging in is at dashboard.cohere.com"),
    host("api.githubcopilot.com", COPILOT),
    host("api.individual.githubcopilot.com", COPILOT),
    host("api.business.githubcopilot.com", COPILOT),
    host("api.enterprise.githubcopilot.com", COPILOT),
    domain("openai.azure.com", "below it are customers' Azure OpenAI resources and nothing else"),
    host("bedrock-runtime.us-east-1.amazonaws.com", BEDROCK),
    host("bedrock-runtime.us-east-2.amazonaws.com", BEDROCK),
    host("bedrock-runtime.us-west-2.amazonaws.com", BEDROCK),
    host("bedrock-runtime.ca-central-1.amazonaws.com", BEDROCK),
    host("bedrock-runtime.eu-central-1.amazonaws.com", BEDROCK),
    host("bedrock-runtime.eu-west-1.amazonaws.com", BEDROCK),
    host("bedrock-runtime.eu-west-2.amazonaws.com", BEDROCK),
    host("bedrock-runtime.eu-west-3.amazonaws.com", BEDROCK),
    host("bedrock-runtime.ap-northeast-1.amazonaws.com", BEDROCK),
    host("bedrock-runtime.ap-south-1.amazonaws.com", BEDROCK),
    host("bedrock-runtime.ap-southeast-1.amazonaws.com", BEDROCK),
    host("bedrock-runtime.ap-southeast-2.amazonaws.com", BEDROCK),
];

/// Domains of AI services besides, with all below them: people log in there, so that no authority is
/// trusted for them, but who goes there is using one. A connection to one of them is noted, never read
/// unless the configuration says so.
const NOTED: &[&str] =
    &["anthropic.com", "claude.ai", "openai.com", "chatgpt.com", "openrouter.ai"];

/// True when `host`, in lower case and without a final dot, is an AI service's, as far as is known:
/// one of [`AI_HOSTS`], something below it, or of a domain where people use one.
pub fn is_ai(host: &str) -> bool {
    let is_within = |name: &str| host == name || below(host.as_bytes(), name.as_bytes()).is_some();
    AI_HOSTS.iter().any(|known| is_within(known.name)) || NOTED.iter().copied().any(is_within)
}

/// The hosts that are decrypted unless the configuration says otherwise: those whose exchanges
/// are read and which are the same for everybody. All are [`AI_HOSTS`].
pub const BY_DEFAULT: &[&str] = &[
    "api.anthropic.com",
    "api.openai.com",
    "generativelanguage.googleapis.com",
    "cloudcode-pa.googleapis.com",
    "api.mistral.ai",
    "api.groq.com",
    "api.together.xyz",
    "api.deepseek.com",
    "api.x.ai",
    "api.cohere.com",
];

/// How a name stands to the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is on it.
    Listed,
    /// Something below it is: it covers pages to log in at, or other people's hosts.
    Parent,
    /// Neither.
    Elsewhere,
}

/// How `name`, as it stands in a certificate, is related to [`AI_HOSTS`]. There is one spelling:
/// capitals, a dot at either end or a `*` are another name. The empty name is everybody's parent.
pub fn standing(name: &[u8]) -> Standing {
    let listed = |host: &Host| {
        name == host.name.as_bytes()
            || host.covers == Covers::Below
                && below(name, host.name.as_bytes()).is_some_and(is_label)
    };
    if AI_HOSTS.iter().any(listed) {
        Standing::Listed
    } else if name.is_empty() || AI_HOSTS.iter().any(|h| below(h.name.as_bytes(), name).is_some()) {
        Standing::Parent
    } else {
        Standing::Elsewhere
    }
}

/// What stands before `parent` and its dot in `name`.
fn below<'a>(name: &'a [u8], parent: &[u8]) -> Option<&'a [u8]> {
    name.strip_suffix(parent)?.strip_suffix(b".")
}

/// Whether this is one label of a host name (RFC 1123, 2.1).
fn is_label(label: &[u8]) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(|byte| *byte != b'-');
    label.len() <= 63
        && edge(label.first())
        && edge(label.last())
        && label.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
