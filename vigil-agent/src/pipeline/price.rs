//! What a model call costs when the client gives no figure of its own: list prices, marked
//! estimated. A model or a price that is not in the table has no cost.

use std::{collections::HashMap, str::Split, sync::LazyLock};

use vigil_proto::{Cost, Money, Usage};

/// The table says itself where its figures come from and from what day they are.
const TABLE: &str = include_str!("price/table.txt");

static PRICES: LazyLock<HashMap<(&str, &str), Price>> = LazyLock::new(|| {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(read).collect()
});

/// The prices of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Price {
    usual: Rates,
    /// For prompts of more tokens than the number.
    long: Option<(u64, Rates)>,
}

/// Prices in micro-USD a million tokens, where they are known: of tokens read, read from a cache,
/// written to one for five minutes, for an hour, and produced.
type Rates = [Option<i64>; 5];

/// The estimated cost of a call, where the model's prices are known.
pub(super) fn estimate(provider: &str, model: &str, usage: &Usage) -> Option<Cost> {
    let price =
        PRICES.get(&(provider, model)).or_else(|| PRICES.get(&(provider, without_date(model)?)))?;
    let prompt = usage.input.saturating_add(usage.cache_read).saturating_add(usage.cache_write());
    let rates = match price.long {
        Some((tokens, rates)) if prompt > tokens => rates,
        _ => price.usual,
    };
    let counts =
        [usage.input, usage.cache_read, usage.cache_write_5m, usage.cache_write_1h, usage.output];
    // Micro-USD for a million tokens are pico-USD for one.
    let pico = counts.into_iter().zip(rates).try_fold(0_i128, |sum, (count, rate)| {
        let cost = if count == 0 { 0 } else { i128::from(count) * i128::from(rate?) };
        Some(sum + cost)
    })?;
    let nano = i64::try_from(pico / 1000).unwrap_or(i64::MAX);
    Some(Cost { amount: Money::from_nano_usd(nano), estimated: true })
}

/// `model` without the date (or the word for the newest) at its end; `None` when it has none.
fn without_date(model: &str) -> Option<&str> {
    let cut = |length: usize| {
        let (name, date) = model.split_at_checked(model.len().checked_sub(length)?)?;
        let mut date = date.bytes();
        let is_dash = matches!(date.next(), Some(b'-' | b'@'));
        let digits = date.clone().filter(u8::is_ascii_digit).count();
        let is_date = digits == 8 && date.all(|byte| byte.is_ascii_digit() || byte == b'-');
        (is_dash && is_date).then_some(name)
    };
    model
        .strip_suffix("-latest")
        .or_else(|| cut("-20250929".len()))
        .or_else(|| cut("-2025-09-29".len()))
}

/// A line of the table.
fn read(line: &str) -> Option<((&str, &str), Price)> {
    let mut words = line.split(' ');
    let key = (words.next()?, words.next()?);
    let usual = rates(&mut words)?;
    let long = match words.next() {
        Some(tokens) => Some((tokens.parse().ok()?, rates(&mut words)?)),
        None => None,
    };
    words.next().is_none().then_some((key, Price { usual, long }))
}

fn rates(words: &mut Split<'_, char>) -> Option<Rates> {
    let mut rates = [None; 5];
    for rate in &mut rates {
        *rate = match words.next()? {
            "-" => None,
            word => Some(word.parse().ok()?),
        };
    }
    Some(rates)
}

#[cfg(test)]
mod tests;
