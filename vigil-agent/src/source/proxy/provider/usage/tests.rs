//! The scripted conversation's five calls as each provider counts them: 1,680 tokens read, 1,190
//! of them more written to a cache, 8,900 read from it, 305 written, 40 of those as reasoning.

use serde_json::json;

use super::*;

/// Input, cache writes, cache reads, output, reasoning of each call.
const CALLS: [[u64; 5]; 5] = [
    [1200, 800, 0, 90, 30],
    [150, 200, 2000, 70, 0],
    [120, 100, 2200, 45, 0],
    [110, 90, 2300, 60, 10],
    [100, 0, 2400, 40, 0],
];

/// These providers do not tell what they write to a cache, and read it at full price.
const UNWRITTEN: Usage = Usage {
    input: 1680 + 1190,
    cache_read: 8900,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 305,
    reasoning: 40,
};

fn sum(convert: impl Fn([u64; 5]) -> Usage) -> Usage {
    CALLS.into_iter().map(convert).sum()
}

#[test]
fn the_responses_api_counts_cached_tokens_as_input() {
    let total = sum(|[input, written, read, output, reasoning]| {
        responses(&json!({
            "input_tokens": input + written + read,
            "input_tokens_details": {"cached_tokens": read},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": reasoning},
            "total_tokens": input + written + read + output,
        }))
    });
    assert_eq!(total, UNWRITTEN);
}

#[test]
fn chat_completions_count_cached_tokens_as_prompt() {
    let total = sum(|[input, written, read, output, reasoning]| {
        chat(&json!({
            "prompt_tokens": input + written + read,
            "completion_tokens": output,
            "total_tokens": input + written + read + output,
            "prompt_tokens_details": {"cached_tokens": read},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        }))
    });
    assert_eq!(total, UNWRITTEN);
}

#[test]
fn openrouter_tells_cache_writes() {
    let total = sum(|[input, written, read, output, reasoning]| {
        chat(&json!({
            "prompt_tokens": input + written + read,
            "completion_tokens": output,
            "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        }))
    });
    assert_eq!(total, Usage { input: 1680, cache_write_5m: 1190, ..UNWRITTEN });
}

#[test]
fn xai_counts_reasoning_beside_the_completion() {
    let total = sum(|[input, written, read, output, reasoning]| {
        chat(&json!({
            "prompt_tokens": input + written + read,
            "completion_tokens": output - reasoning,
            "total_tokens": input + written + read + output,
            "prompt_tokens_details": {"cached_tokens": read},
            "completion_tokens_details": {"reasoning_tokens": reasoning},
        }))
    });
    assert_eq!(total, UNWRITTEN);
}

#[test]
fn deepseek_has_a_name_of_its_own_for_what_was_cached() {
    let usage = json!({"prompt_tokens": 10, "prompt_cache_hit_tokens": 4, "completion_tokens": 2});
    assert_eq!(chat(&usage), Usage { input: 6, cache_read: 4, output: 2, ..Usage::default() });
}

#[test]
fn gemini_counts_thoughts_beside_its_candidates() {
    let total = sum(|[input, written, read, output, reasoning]| {
        gemini(&json!({
            "promptTokenCount": input + written + read,
            "candidatesTokenCount": output - reasoning,
            "thoughtsTokenCount": reasoning,
            "cachedContentTokenCount": read,
            "totalTokenCount": input + written + read + output,
        }))
    });
    assert_eq!(total, UNWRITTEN);
}

#[test]
fn bedrock_counts_both_ways_of_the_cache_apart() {
    let total = sum(|[input, written, read, output, _]| {
        converse(&json!({
            "inputTokens": input,
            "outputTokens": output,
            "totalTokens": input + written + read + output,
            "cacheReadInputTokens": read,
            "cacheWriteInputTokens": written,
        }))
    });
    let truth = Usage { input: 1680, cache_write_5m: 1190, reasoning: 0, ..UNWRITTEN };
    assert_eq!(total, truth);
}

#[test]
fn cohere_and_ollama_count_plainly() {
    let usage = json!({"billed_units": {"input_tokens": 1, "output_tokens": 2},
        "tokens": {"input_tokens": 30, "output_tokens": 4}, "cached_tokens": 10});
    let expected = Usage { input: 20, cache_read: 10, output: 4, ..Usage::default() };
    assert_eq!(cohere(&usage), expected);
    let usage = json!({"prompt_eval_count": 7, "eval_count": 8, "eval_duration": 1});
    assert_eq!(ollama(&usage), Usage { input: 7, output: 8, ..Usage::default() });
}

#[test]
fn what_is_no_count_counts_nothing() {
    for usage in [json!(null), json!({"input_tokens": -1, "prompt_tokens": "9"}), json!([1])] {
        for convert in [responses, chat, gemini, ollama, cohere, converse] {
            assert_eq!(convert(&usage), Usage::default());
        }
    }
    // More from the cache than there was to read.
    let usage = json!({"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 5}});
    assert_eq!(chat(&usage), Usage { cache_read: 1, ..Usage::default() });
}
