//! The figures: what is made of the rounds, and what was aimed at.

use std::collections::BTreeMap;

use crate::{stats::Summary, steps::Measure};

/// What one way gave in one round.
pub(crate) type Round = BTreeMap<Measure, f64>;

/// How a round's number comes about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    /// More than directly, in the measure's unit.
    Later(Measure),
    /// As a multiple of directly.
    Times(Measure),
    /// The proxy's own.
    Own(Measure),
}

/// Where a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
    Below(f64),
    /// It is there to explain another.
    None,
}

impl Target {
    pub(crate) fn is_met_by(self, value: f64) -> Option<bool> {
        match self {
            Self::AtMost(limit) => Some(value <= limit),
            Self::AtLeast(limit) => Some(value >= limit),
            Self::Below(limit) => Some(value < limit),
            Self::None => None,
        }
    }
}

/// A figure's definition.
#[derive(Debug)]
pub(crate) struct Figure {
    /// For machines.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) words: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) how: How,
    pub(crate) target: Target,
}

const fn figure(
    name: &'static str,
    words: &'static str,
    unit: &'static str,
    how: How,
    target: Target,
) -> Figure {
    Figure { name, words, unit, how, target }
}

/// All of them, in the order they are printed.
pub(crate) const ALL: &[Figure] = &[
    figure(
        "first_event_later",
        "first event of a stream",
        "ms later",
        How::Later(Measure::FirstEventMs),
        Target::AtMost(0.4),
    ),
    figure(
        "event_delay",
        "an event's way",
        "x",
        How::Times(Measure::EventDelayMs),
        Target::AtMost(1.6),
    ),
    figure(
        "http1_requests",
        "HTTP/1.1 requests, 8 connections",
        "x",
        How::Times(Measure::Http1PerSecond),
        Target::AtLeast(0.35),
    ),
    figure(
        "http1_cpu",
        "proxy CPU of one",
        "ms",
        How::Own(Measure::Http1CpuMs),
        Target::AtMost(0.06),
    ),
    figure(
        "http2_requests",
        "HTTP/2 requests, 8 connections",
        "x",
        How::Times(Measure::Http2PerSecond),
        Target::AtLeast(0.45),
    ),
    figure("http2_cpu", "proxy CPU of one", "ms", How::Own(Measure::Http2CpuMs), Target::None),
    figure(
        "new_connections",
        "new connections (aim 0.85)",
        "x",
        How::Times(Measure::ConnectionsPerSecond),
        Target::AtLeast(0.6),
    ),
    figure(
        "new_connection_cpu",
        "proxy CPU of one",
        "ms",
        How::Own(Measure::ConnectionCpuMs),
        Target::None,
    ),
    figure(
        "tunnel",
        "blind tunnel",
        "x",
        How::Times(Measure::TunnelMbPerSecond),
        Target::AtLeast(0.5),
    ),
    figure(
        "tunnel_cpu",
        "proxy CPU of it",
        "s/GB",
        How::Own(Measure::TunnelCpuPerGb),
        Target::AtMost(0.6),
    ),
    figure(
        "crowd_memory",
        "memory, 200 streams",
        "MB",
        How::Own(Measure::CrowdMb),
        Target::Below(40.0),
    ),
    figure(
        "crowd_memory_before",
        "memory before them",
        "MB",
        How::Own(Measure::BeforeCrowdMb),
        Target::None,
    ),
    figure(
        "body_growth",
        "growth by a body of 64 MB",
        "MB",
        How::Own(Measure::BodyGrowthMb),
        Target::Below(4.0),
    ),
    figure(
        "slow_body_growth",
        "the same, slow reader",
        "MB",
        How::Own(Measure::SlowBodyGrowthMb),
        Target::Below(4.0),
    ),
    figure(
        "answer_growth",
        "the same, an inspected answer",
        "MB",
        How::Own(Measure::AnswerGrowthMb),
        Target::None,
    ),
    figure(
        "recorded",
        "calls that are on record",
        "%",
        How::Own(Measure::RecordedPercent),
        Target::None,
    ),
];

/// A figure of one proxy over all rounds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    /// Of the rounds' numbers.
    pub(crate) summary: Summary,
    /// The rounds' numbers, in their order.
    pub(crate) rounds: Vec<f64>,
    /// Medians of what they were made of, directly and by the proxy; for people to get an idea. The
    /// figure is not made of these.
    pub(crate) direct: Option<f64>,
    pub(crate) proxied: Option<f64>,
    /// Whether the median is where it should be.
    pub(crate) is_met: Option<bool>,
    /// Some rounds say met and some missed.
    pub(crate) is_close: bool,
    /// Some rounds say better than directly and some worse.
    pub(crate) is_undecided: bool,
}

impl Figure {
    /// Of rounds in the same order. None when no round measured it.
    pub(crate) fn value(&self, direct: &[Round], proxied: &[Round]) -> Option<Value> {
        let (How::Later(measure) | How::Times(measure) | How::Own(measure)) = self.how;
        let mut rounds = Vec::new();
        let mut both = (Vec::new(), Vec::new());
        for (direct, proxied) in direct.iter().zip(proxied) {
            let (there, here) = (direct.get(&measure), proxied.get(&measure));
            let (number, there) = match (self.how, there, here) {
                (How::Own(_), _, Some(here)) => (*here, None),
                (How::Later(_), Some(there), Some(here)) => (here - there, Some(*there)),
                (How::Times(_), Some(there), Some(here)) => (here / there, Some(*there)),
                _ => continue,
            };
            rounds.push(number);
            both.0.extend(there);
            both.1.extend(here);
        }
        let summary = Summary::of(&rounds)?;
        let even = match self.how {
            How::Later(_) => Some(0.0),
            How::Times(_) => Some(1.0),
            How::Own(_) => None,
        };
        let verdicts = || rounds.iter().filter_map(|number| self.target.is_met_by(*number));
        Some(Value {
            summary,
            direct: crate::stats::median(&both.0),
            proxied: crate::stats::median(&both.1),
            is_met: self.target.is_met_by(summary.median),
            is_close: verdicts().any(|met| met) && verdicts().any(|met| !met),
            is_undecided: even.is_some_and(|even| summary.min < even && even < summary.max),
            rounds,
        })
    }
}

#[cfg(test)]
mod tests;
