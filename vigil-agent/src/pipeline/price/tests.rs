use vigil_proto::{Money, Usage};

use super::*;

/// The scripted conversation, as Anthropic counts it.
const USAGE: Usage = Usage {
    input: 1680,
    cache_write_5m: 1190,
    cache_write_1h: 0,
    cache_read: 8900,
    output: 305,
    reasoning: 0,
};

fn nano(provider: &str, model: &str, usage: &Usage) -> Option<i64> {
    let cost = estimate(provider, model, usage)?;
    assert!(cost.estimated);
    Some(cost.amount.as_nano_usd())
}

#[test]
fn the_scripted_conversation_costs_what_its_ground_truth_says() {
    let cost = nano("anthropic", "claude-sonnet-4-5-20250929", &USAGE);
    assert_eq!(cost, Some(16_747_500));
    assert_eq!(nano("anthropic", "claude-sonnet-4.5", &USAGE), cost, "as Copilot CLI writes it");
    // These providers tell no cache writes.
    let usage = Usage { input: 1680 + 1190, cache_write_5m: 0, reasoning: 40, ..USAGE };
    assert_eq!(nano("openai", "gpt-5-codex", &usage), Some(7_750_000));
    assert_eq!(nano("gcp.gemini", "gemini-2.5-pro", &usage), Some(7_750_000));
    assert_eq!(nano("openai", "gpt-4o-2024-11-20", &usage), Some(21_350_000));
}

#[test]
fn what_is_unknown_has_no_cost() {
    for (provider, model) in [
        ("anthropic", "somebody-else"),
        ("anthropic", "claude-sonnet-4-5-of-tomorrow"),
        ("anthropic", "claude-sonnet-4"),
        ("openai", "gpt-5-of-tomorrow"),
        ("openai", ""),
        ("openai-compatible", "gpt-5"),
        ("aws.bedrock", "claude-sonnet-4-5"),
    ] {
        let is_known = model == "claude-sonnet-4";
        assert_eq!(estimate(provider, model, &USAGE).is_some(), is_known, "{model}");
    }
    // A model that is known and a price that is not.
    let written = Usage { cache_write_1h: 1, ..Usage::default() };
    assert_eq!(estimate("openai", "gpt-5", &written), None);
    assert!(estimate("openai", "gpt-5", &Usage::default()).is_some());
}

#[test]
fn long_prompts_have_prices_of_their_own() {
    let short = Usage { input: 150_000, cache_read: 50_000, output: 10, ..Usage::default() };
    let long = Usage { input: 150_001, ..short };
    let usual = 150_000 * 1250 + 50_000 * 125 + 10 * 10_000;
    let beyond = 150_001 * 2500 + 50_000 * 250 + 10 * 15_000;
    assert_eq!(nano("gcp.gemini", "gemini-2.5-pro", &short), Some(usual));
    assert_eq!(nano("gcp.gemini", "gemini-2.5-pro", &long), Some(beyond));
}

#[test]
fn an_hour_in_the_cache_costs_more() {
    let usage = Usage { cache_write_1h: 10, ..Usage::default() };
    assert_eq!(nano("anthropic", "claude-opus-4-5", &usage), Some(100_000));
}

#[test]
fn only_a_date_is_taken_off() {
    for (model, name) in [
        ("claude-sonnet-4-5-20250929", Some("claude-sonnet-4-5")),
        ("claude-sonnet-4-5@20250929", Some("claude-sonnet-4-5")),
        ("gpt-5-2025-08-07", Some("gpt-5")),
        ("mistral-small-latest", Some("mistral-small")),
        ("gpt-5-mini", None),
        ("-------------", None),
        ("\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}", None),
        ("", None),
    ] {
        assert_eq!(without_date(model), name, "{model}");
    }
}

#[test]
fn every_line_of_the_table_is_a_price_and_none_stands_twice() {
    let lines: Vec<_> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
    for line in &lines {
        let ((_, model), price) = read(line).unwrap_or_else(|| panic!("no price: {line}"));
        assert!(price.usual[0] > Some(0) && price.usual[4] > Some(0), "{model}");
    }
    assert_eq!(PRICES.len(), lines.len());
}

#[test]
fn no_count_is_too_large() {
    let usage = Usage { output: u64::MAX, ..Usage::default() };
    assert_eq!(estimate("openai", "gpt-5", &usage).unwrap().amount, Money::from_nano_usd(i64::MAX));
}
