use super::*;

fn pick(url: &str) -> Picked {
    let (host, path) = url.split_once('/').unwrap();
    Api::pick(host, "POST", &format!("/{path}"))
}

#[test]
fn a_request_is_told_by_its_host_and_path() {
    for (url, api, provider) in [
        ("api.anthropic.com/v1/messages?beta=true", Api::Messages, "anthropic"),
        ("api.openai.com/v1/responses", Api::Responses, "openai"),
        ("chatgpt.com/backend-api/codex/responses", Api::Responses, "openai"),
        ("api.openai.com/v1/chat/completions", Api::Chat, "openai"),
        ("api.groq.com/openai/v1/chat/completions", Api::Chat, "groq"),
        ("api.together.xyz/v1/chat/completions", Api::Chat, "together"),
        ("api.deepseek.com/chat/completions", Api::Chat, "deepseek"),
        ("api.mistral.ai/v1/chat/completions", Api::Chat, "mistral_ai"),
        ("openrouter.ai/api/v1/chat/completions", Api::Chat, "openrouter"),
        ("api.x.ai/v1/chat/completions", Api::Chat, "x_ai"),
        ("api.githubcopilot.com/chat/completions", Api::Chat, "github.copilot"),
        ("llm.example/v1/chat/completions", Api::Chat, "openai-compatible"),
        (
            "mine.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=x",
            Api::Chat,
            "azure.ai.openai",
        ),
        (
            "generativelanguage.googleapis.com/v1beta/models/g:streamGenerateContent?alt=sse",
            Api::Gemini,
            "gcp.gemini",
        ),
        ("cloudcode-pa.googleapis.com/v1internal:generateContent", Api::Gemini, "gcp.gemini"),
        ("localhost/api/chat", Api::OllamaChat, "ollama"),
        ("localhost/api/generate", Api::OllamaGenerate, "ollama"),
        ("api.cohere.com/v2/chat", Api::Cohere, "cohere"),
        (
            "bedrock-runtime.eu-west-1.amazonaws.com/model/amazon.nova/converse-stream",
            Api::Converse,
            "aws.bedrock",
        ),
        (
            "bedrock-runtime.eu-west-1.amazonaws.com/model/eu.anthropic.x/invoke",
            Api::Invoke,
            "aws.bedrock",
        ),
    ] {
        assert_eq!(pick(url), Picked::Call(api), "{url}");
        assert_eq!(api.provider(url.split('/').next().unwrap()), provider, "{url}");
    }
}

#[test]
fn what_is_no_call_is_named_or_nothing() {
    for (url, counter) in [
        ("api.anthropic.com/v1/messages/count_tokens?beta=true", "skip.count-tokens"),
        ("api.anthropic.com/v1/messages/batches", "skip.batches"),
        ("api.openai.com/v1/batches", "skip.batches"),
        ("generativelanguage.googleapis.com/v1beta/models/g:countTokens", "skip.count-tokens"),
        ("bedrock-runtime.eu-west-1.amazonaws.com/model/meta.x/invoke", "skip.bedrock-model"),
    ] {
        assert_eq!(pick(url), Picked::Named(counter), "{url}");
    }
    for url in [
        "api.anthropic.com/v1/messages/",
        "api.anthropic.com/api/event_logging",
        "api.openai.com/api/chat",
        "generativelanguage.googleapis.com/v1beta/models/g:embedContent",
    ] {
        assert_eq!(pick(url), Picked::Nothing, "{url}");
    }
    assert_eq!(Api::pick("api.anthropic.com", "GET", "/v1/messages"), Picked::Nothing);
    let results = "/v1/messages/batches/b/results";
    assert_eq!(Api::pick("api.anthropic.com", "GET", results), Picked::Named("skip.batches"));
}

#[test]
fn the_model_may_stand_in_the_path() {
    for (api, target, model) in [
        (
            Api::Gemini,
            "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
            "gemini-2.5-pro",
        ),
        (Api::Converse, "/model/eu.anthropic.x-v1%3A0/converse", "eu.anthropic.x-v1:0"),
        (Api::Chat, "/openai/deployments/mine/chat/completions?api-version=x", "mine"),
        (Api::Chat, "/v1/chat/completions", ""),
    ] {
        assert_eq!(api.model_in(target), model, "{target}");
    }
}
