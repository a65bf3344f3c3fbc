//! What a model call costs when the client gives no figure of its own: list prices of
//! Anthropic's models, marked estimated. A model that is not in the table has no cost.

use vigil_proto::{Cost, Money, Usage};

/// List prices in nano-USD a token (that is: USD a million tokens, times 1,000).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Price {
    input: i64,
    output: i64,
}

/// Prices by the beginning of the model's name, first match wins.
/// Source: Anthropic's public price list as of November 2025.
const ANTHROPIC: &[(&str, Price)] = &[
    ("claude-opus-4-5", Price { input: 5_000, output: 25_000 }),
    ("claude-opus-4-6", Price { input: 5_000, output: 25_000 }),
    ("claude-opus-4-1", Price { input: 15_000, output: 75_000 }),
    ("claude-opus-4-2025", Price { input: 15_000, output: 75_000 }),
    ("claude-sonnet-4", Price { input: 3_000, output: 15_000 }),
    ("claude-haiku-4-5", Price { input: 1_000, output: 5_000 }),
    ("claude-3-opus", Price { input: 15_000, output: 75_000 }),
    ("claude-3-7-sonnet", Price { input: 3_000, output: 15_000 }),
    ("claude-3-5-sonnet", Price { input: 3_000, output: 15_000 }),
    ("claude-3-5-haiku", Price { input: 800, output: 4_000 }),
    ("claude-3-haiku", Price { input: 250, output: 1_250 }),
];

/// The estimated cost of a call, where the model's price is known.
pub(super) fn estimate(provider: &str, model: &str, usage: &Usage) -> Option<Cost> {
    if provider != "anthropic" {
        return None;
    }
    let (_, price) = ANTHROPIC.iter().find(|(name, _)| model.starts_with(name))?;
    // Cache reads cost a tenth of the input price, writes 1.25 times (5 minutes) or twice (1 hour).
    let nano = tokens(usage.input, price.input)
        .saturating_add(tokens(usage.cache_read, price.input) / 10)
        .saturating_add(tokens(usage.cache_write_5m, price.input).saturating_mul(5) / 4)
        .saturating_add(tokens(usage.cache_write_1h, price.input).saturating_mul(2))
        .saturating_add(tokens(usage.output, price.output));
    Some(Cost { amount: Money::from_nano_usd(nano), estimated: true })
}

fn tokens(count: u64, price: i64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX).saturating_mul(price)
}

#[cfg(test)]
mod tests;
