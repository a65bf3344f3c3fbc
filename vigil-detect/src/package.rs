//! What is known of packages, and what is thought of one.

use vigil_proto::package::{Assessment, Package};

use crate::{
    install::{self, Opaque},
    intel::Intel,
};

/// What is known of names without asking anybody: how well known, malicious, risky by purpose.
#[derive(Debug)]
pub struct Knowledge(());

impl Knowledge {
    /// What this program carries.
    pub fn embedded() -> &'static Self {
        &Self(())
    }

    /// What is thought of one package.
    pub fn judge(&self, package: &Package<String>, intel: &Intel) -> Assessment {
        let _ = (package, intel);
        Assessment::default()
    }
}

/// What is thought of a command that may install something.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// Its packages, each with what is thought of it.
    pub packages: Vec<(Package<String>, Assessment)>,
    /// What is thought of the whole: the worst of its packages, and what the command itself does.
    pub verdict: Assessment,
    /// What could not be seen through.
    pub opaque: Vec<Opaque>,
}

/// What is thought of `command`.
pub fn judge(command: &str, knowledge: &Knowledge, intel: &Intel) -> Judgement {
    let reading = install::read(command);
    let mut judged = Judgement { opaque: reading.opaque, ..Judgement::default() };
    for package in reading.packages {
        let verdict = knowledge.judge(&package, intel);
        if let Some(severity) = verdict.severity {
            for reason in &verdict.reasons {
                judged.verdict.add(severity, reason.clone());
            }
        }
        judged.packages.push((package, verdict));
    }
    judged
}
