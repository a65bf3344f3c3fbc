//! Providers of models.

use vigil_proto::Severity::{Critical, Medium};

use crate::{
    class::{ALNUM, HEX, URL64},
    rule::Rule,
    shape::Part::{Any, Lit, Run},
};

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "anthropic_api_key",
        "ai",
        "an Anthropic API key",
        &["sk-"],
        &[Lit("ant-api"), Run(ALNUM, 2, 2), Lit("-"), Run(URL64, 80, 120)],
    )
    .severity(Critical),
    Rule::new(
        "anthropic_admin",
        "ai",
        "an Anthropic admin key",
        &["sk-"],
        &[Lit("ant-admin"), Run(ALNUM, 2, 2), Lit("-"), Run(URL64, 80, 120)],
    )
    .severity(Critical),
    Rule::new(
        "anthropic_oauth",
        "ai",
        "an Anthropic OAuth token",
        &["sk-"],
        &[Any(&["ant-oat", "ant-ort"]), Run(ALNUM, 2, 2), Lit("-"), Run(URL64, 80, 120)],
    )
    .severity(Critical),
    Rule::new(
        "openai_project",
        "ai",
        "an OpenAI project key",
        &["sk-"],
        &[Lit("proj-"), Run(URL64, 40, 200)],
    )
    .severity(Critical),
    Rule::new(
        "openai_svcacct",
        "ai",
        "an OpenAI service account key",
        &["sk-"],
        &[Any(&["svcacct-", "admin-"]), Run(URL64, 40, 200)],
    )
    .severity(Critical),
    Rule::new(
        "openrouter",
        "ai",
        "an OpenRouter API key",
        &["sk-"],
        &[Lit("or-v1-"), Run(HEX, 64, 64)],
    ),
    Rule::new("openai_legacy", "ai", "an OpenAI API key", &["sk-"], &[Run(ALNUM, 48, 48)])
        .severity(Critical),
    Rule::new("deepseek", "ai", "a DeepSeek API key", &["sk-"], &[Run(HEX, 32, 32)]),
    Rule::new("google_api_key", "ai", "a Google API key", &["AIza"], &[Run(URL64, 35, 35)]),
    Rule::new("groq", "ai", "a Groq API key", &["gsk_"], &[Run(ALNUM, 52, 52)]),
    Rule::new("huggingface", "ai", "a Hugging Face token", &["hf_"], &[Run(ALNUM, 34, 37)]),
    Rule::new(
        "huggingface",
        "ai",
        "a Hugging Face organisation token",
        &["api_org_"],
        &[Run(ALNUM, 34, 34)],
    ),
    Rule::new("perplexity", "ai", "a Perplexity API key", &["pplx-"], &[Run(ALNUM, 48, 56)]),
    Rule::new("replicate", "ai", "a Replicate API token", &["r8_"], &[Run(ALNUM, 37, 40)]),
    Rule::new("xai", "ai", "an xAI API key", &["xai-"], &[Run(ALNUM, 70, 90)]),
    Rule::new(
        "tavily",
        "ai",
        "a Tavily API key",
        &["tvly-"],
        &[Any(&["dev-", "prod-", ""]), Run(ALNUM, 32, 32)],
    )
    .severity(Medium),
    Rule::new(
        "langsmith",
        "ai",
        "a LangSmith API key",
        &["lsv2_"],
        &[Any(&["pt_", "sk_"]), Run(HEX, 32, 32), Lit("_"), Run(HEX, 10, 10)],
    ),
];
