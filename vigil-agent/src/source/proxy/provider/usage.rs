//! Each provider's count of tokens in the normal form: input without what came from a cache,
//! output with reasoning. A figure that is not a count is 0. Pure.

use serde_json::Value;
use vigil_proto::Usage;

/// The count at `path` in `usage`.
fn count(usage: &Value, path: &[&str]) -> u64 {
    let found = path.iter().try_fold(usage, |value, name| value.get(name));
    found.and_then(Value::as_u64).unwrap_or(0)
}

/// `OpenAI`'s Responses: `input_tokens` includes cached ones.
pub(super) fn responses(usage: &Value) -> Usage {
    let output = count(usage, &["output_tokens"]);
    let cached = count(usage, &["input_tokens_details", "cached_tokens"]);
    let reasoning = count(usage, &["output_tokens_details", "reasoning_tokens"]);
    let input = count(usage, &["input_tokens"]);
    Usage {
        input: input.saturating_sub(cached),
        cache_read: cached.min(input),
        output,
        reasoning: reasoning.min(output),
        ..Usage::default()
    }
}

/// Chat Completions: `prompt_tokens` includes cached ones and, where that is told (`OpenRouter`),
/// ones that were written to a cache.
pub(super) fn chat(usage: &Value) -> Usage {
    let prompt = count(usage, &["prompt_tokens"]);
    let details = |name| count(usage, &["prompt_tokens_details", name]);
    // DeepSeek has a name of its own.
    let cached = details("cached_tokens").max(count(usage, &["prompt_cache_hit_tokens"]));
    let cached = cached.min(prompt);
    let written = details("cache_write_tokens").min(prompt - cached);
    let completion = count(usage, &["completion_tokens"]);
    let reasoning = count(usage, &["completion_tokens_details", "reasoning_tokens"]);
    // xAI counts reasoning beside the completion, which only the total shows.
    let beside = completion.saturating_add(reasoning);
    let total = count(usage, &["total_tokens"]);
    let is_beside = reasoning > 0 && total == prompt.saturating_add(beside);
    let output = if is_beside { beside } else { completion };
    Usage {
        input: prompt - cached - written,
        cache_read: cached,
        cache_write_5m: written,
        output,
        reasoning: reasoning.min(output),
        ..Usage::default()
    }
}

/// Gemini: the prompt includes cached tokens, the candidates exclude thoughts, and what tools of
/// the provider's own put into the prompt is told apart.
pub(super) fn gemini(usage: &Value) -> Usage {
    let prompt = count(usage, &["promptTokenCount"]);
    let cached = count(usage, &["cachedContentTokenCount"]).min(prompt);
    let thoughts = count(usage, &["thoughtsTokenCount"]);
    Usage {
        input: (prompt - cached).saturating_add(count(usage, &["toolUsePromptTokenCount"])),
        cache_read: cached,
        output: count(usage, &["candidatesTokenCount"]).saturating_add(thoughts),
        reasoning: thoughts,
        ..Usage::default()
    }
}

/// Ollama, which has no cache and counts nothing apart.
pub(super) fn ollama(usage: &Value) -> Usage {
    Usage {
        input: count(usage, &["prompt_eval_count"]),
        output: count(usage, &["eval_count"]),
        ..Usage::default()
    }
}

/// Cohere: what the model read and wrote, where it is told, else what is billed.
pub(super) fn cohere(usage: &Value) -> Usage {
    let part = ["tokens", "billed_units"].into_iter().find(|part| usage.get(part).is_some());
    let part = part.unwrap_or("tokens");
    let input = count(usage, &[part, "input_tokens"]);
    let cached = count(usage, &["cached_tokens"]).min(input);
    Usage {
        input: input - cached,
        cache_read: cached,
        output: count(usage, &[part, "output_tokens"]),
        ..Usage::default()
    }
}

/// Bedrock's Converse: like Anthropic, `inputTokens` excludes both ways of the cache.
pub(super) fn converse(usage: &Value) -> Usage {
    Usage {
        input: count(usage, &["inputTokens"]),
        cache_read: count(usage, &["cacheReadInputTokens"]),
        cache_write_5m: count(usage, &["cacheWriteInputTokens"]),
        output: count(usage, &["outputTokens"]),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests;
