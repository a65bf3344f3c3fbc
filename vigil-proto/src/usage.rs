//! Tokens and money in one normal form, and what each provider reports turned into it.

use std::{fmt, iter::Sum, ops};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// Tokens of one model call, or of many. `input` never includes cached tokens; `output`
/// includes `reasoning`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read at full price.
    pub input: u64,
    /// Tokens read from the provider's cache.
    pub cache_read: u64,
    /// Tokens written to the cache for five minutes (or without a stated tier).
    pub cache_write_5m: u64,
    /// Tokens written to the cache for one hour.
    pub cache_write_1h: u64,
    /// Tokens produced, reasoning included.
    pub output: u64,
    /// Tokens produced as reasoning, where the provider says so.
    pub reasoning: u64,
}

impl Usage {
    /// Tokens written to the cache, all tiers.
    pub fn cache_write(&self) -> u64 {
        self.cache_write_5m.saturating_add(self.cache_write_1h)
    }

    /// All tokens, each counted once.
    pub fn total(&self) -> u64 {
        self.input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write())
            .saturating_add(self.output)
    }
}

impl ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write_5m = self.cache_write_5m.saturating_add(other.cache_write_5m);
        self.cache_write_1h = self.cache_write_1h.saturating_add(other.cache_write_1h);
        self.output = self.output.saturating_add(other.output);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), |mut sum, usage| {
            sum += usage;
            sum
        })
    }
}

/// The `usage` object of Anthropic's Messages API. Its `input_tokens` already excludes cached
/// tokens, and `cache_creation` splits `cache_creation_input_tokens` by lifetime.
/// Source: the API's reference, and real answers in the fixtures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AnthropicUsage {
    /// Uncached tokens read.
    #[serde(deserialize_with = "count")]
    pub input_tokens: u64,
    /// Tokens written to the cache, all lifetimes.
    #[serde(deserialize_with = "count")]
    pub cache_creation_input_tokens: u64,
    /// Tokens read from the cache.
    #[serde(deserialize_with = "count")]
    pub cache_read_input_tokens: u64,
    /// Tokens produced.
    #[serde(deserialize_with = "count")]
    pub output_tokens: u64,
    /// The cache writes by lifetime, where given.
    pub cache_creation: Option<AnthropicCacheCreation>,
}

/// Anthropic's cache writes by lifetime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AnthropicCacheCreation {
    /// Kept five minutes.
    #[serde(deserialize_with = "count")]
    pub ephemeral_5m_input_tokens: u64,
    /// Kept one hour.
    #[serde(deserialize_with = "count")]
    pub ephemeral_1h_input_tokens: u64,
}

/// A count; what is none (null, negative, text) is 0, so that it cannot lose the answer it came
/// with.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Count;

    impl<'de> Visitor<'de> for Count {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a count")
        }

        fn visit_u64<E>(self, n: u64) -> Result<u64, E> {
            Ok(n)
        }

        fn visit_i64<E>(self, _: i64) -> Result<u64, E> {
            Ok(0)
        }

        fn visit_f64<E>(self, _: f64) -> Result<u64, E> {
            Ok(0)
        }

        fn visit_bool<E>(self, _: bool) -> Result<u64, E> {
            Ok(0)
        }

        fn visit_str<E>(self, _: &str) -> Result<u64, E> {
            Ok(0)
        }

        fn visit_unit<E>(self) -> Result<u64, E> {
            Ok(0)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<u64, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(0)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(0)
        }
    }

    deserializer.deserialize_any(Count)
}

impl From<AnthropicUsage> for Usage {
    fn from(usage: AnthropicUsage) -> Self {
        let written = usage.cache_creation_input_tokens;
        let one_hour =
            usage.cache_creation.map_or(0, |tiers| tiers.ephemeral_1h_input_tokens).min(written);
        Self {
            input: usage.input_tokens,
            cache_read: usage.cache_read_input_tokens,
            cache_write_5m: written - one_hour,
            cache_write_1h: one_hour,
            output: usage.output_tokens,
            reasoning: 0,
        }
    }
}

/// An amount in nano-US-dollars (10^-9 USD).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// From nano-USD.
    pub const fn from_nano_usd(nano: i64) -> Self {
        Self(nano)
    }

    /// In nano-USD.
    pub const fn as_nano_usd(self) -> i64 {
        self.0
    }

    /// In US dollars, for documents and display.
    #[expect(clippy::cast_precision_loss, reason = "display only; exact below 9 million dollars")]
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl ops::Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${:.4}", self.as_usd())
    }
}

/// What a call cost, and whose figure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// The amount.
    pub amount: Money,
    /// True when Vigil computed it from a price table.
    pub estimated: bool,
}

#[cfg(test)]
mod tests;
