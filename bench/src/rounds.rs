//! The rounds. In each, every step is done by all ways one right after the other, and the order is
//! turned around from round to round: whatever else the machine does meanwhile meets all of them
//! alike, and a pair of one round can be compared.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::timeout;

use crate::{
    figures::Round,
    steps::{Measure, Step},
    subject::{DIRECT, Setup, Subject},
};

/// No step takes so long; one that does has hung.
const PATIENCE: Duration = Duration::from_mins(3);

/// All that was measured.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Going directly, round by round.
    pub(crate) direct: Vec<Round>,
    /// Each proxy by its name, round by round.
    pub(crate) proxies: Vec<(&'static str, Vec<Round>)>,
}

pub(crate) async fn run(setup: &Setup, rounds: u32) -> Result<Measured> {
    let upstream = setup.upstream().await?;
    let mut measured = Measured { direct: Vec::new(), proxies: Vec::new() };
    for round in 1..=rounds {
        let subjects = setup.subjects(upstream.ports).await?;
        let mut numbers = vec![Round::new(); subjects.len()];
        for step in Step::ALL {
            eprintln!("round {round} of {rounds}: {}", step.words());
            let mut pairs: Vec<_> = subjects.iter().zip(&mut numbers).collect();
            if round % 2 == 0 {
                pairs.reverse();
            }
            for (subject, numbers) in pairs {
                if subject.name == DIRECT && !step.is_of_the_way() {
                    continue;
                }
                numbers.extend(do_one(step, subject).await?);
            }
        }
        for (subject, mut numbers) in subjects.iter().zip(numbers) {
            let recorded = subject.recorded(setup)?;
            numbers.extend(recorded.map(|percent| (Measure::RecordedPercent, percent)));
            measured.keep(subject.name, numbers);
        }
    }
    Ok(measured)
}

async fn do_one(step: Step, subject: &Subject) -> Result<crate::steps::Measured> {
    let what = || format!("{}, {}", step.words(), subject.name);
    let work = Box::pin(step.run(&subject.client, subject.meter));
    let measured = timeout(PATIENCE, work).await.context("it hangs").flatten();
    let measured = measured.with_context(what)?;
    // What is left over must not be in the way of who comes next.
    if let Some(meter) = subject.meter
        && !meter.rests().await
    {
        eprintln!("{} does not come to rest: what comes next is measured beside it", subject.name);
    }
    Ok(measured)
}

impl Measured {
    fn keep(&mut self, name: &'static str, round: Round) {
        if name == DIRECT {
            self.direct.push(round);
            return;
        }
        match self.proxies.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rounds)) => rounds.push(round),
            None => self.proxies.push((name, vec![round])),
        }
    }
}
