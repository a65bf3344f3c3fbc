//! What a hook answers, from what is thought of a command, the user's list and the mode. Its words
//! reach a model, so they are Vigil's own, and a package's name in them is cut and cleaned.

use vigil_proto::{
    Severity,
    config::guard::{Fail, Refusal, fits},
    guard::{Decision, HookAnswer, Mode},
    package::{Assessment, Package, Reason},
};

use crate::{install::Opaque, package::Judgement};

/// The longest known word that is said, in characters.
const LONGEST: usize = 64;
/// The longest name that a command made up, in characters: no room for a sentence.
const LONGEST_NAME: usize = 40;

/// What a hook answers about `command`.
pub fn answer(command: &str, judged: &Judgement, mode: Mode, refusals: &[Refusal]) -> HookAnswer {
    let severity = judged.verdict.severity;
    let named = refusals.iter().find(|refusal| means(refusal, command, judged));
    let least = if mode == Mode::Ask { Severity::High } else { Severity::Critical };
    // What is hidden by length may be the worst.
    let acts =
        named.is_some() || is_cut(judged) || severity.is_some_and(|severity| severity >= least);
    let decision = match mode {
        Mode::Ask if acts => Decision::Ask,
        Mode::Deny if acts => Decision::Deny,
        _ => Decision::None,
    };
    let why = why(judged, named);
    let reason = why.map(|why| words(decision, &why));
    HookAnswer { mode, decision, severity, reason }
}

/// What a hook answers when nothing could judge the command.
pub fn unjudged(mode: Mode, fail: Fail) -> HookAnswer {
    let decision = match (fail, mode) {
        (Fail::Open, _) | (_, Mode::Observe) => Decision::None,
        (Fail::Closed, Mode::Ask) => Decision::Ask,
        (Fail::Closed, Mode::Deny) => Decision::Deny,
    };
    let reason = words(decision, "it cannot be judged now");
    HookAnswer { mode, decision, severity: None, reason: Some(reason) }
}

/// How far Vigil goes with a client where that cannot be read, and never was.
pub const fn unknown(fail: Fail) -> Mode {
    match fail {
        Fail::Open => Mode::Observe,
        Fail::Closed => Mode::Deny,
    }
}

fn words(decision: Decision, why: &str) -> String {
    match decision {
        Decision::Deny => format!(
            "Vigil refused this command: {why}. Do not look for another way to do the same; tell \
             the user, who decides."
        ),
        Decision::Ask => format!("Vigil asks before this command runs: {why}."),
        Decision::None => format!("Vigil lets this command run: {why}."),
    }
}

/// True for a command that is not read to its end.
fn is_cut(judged: &Judgement) -> bool {
    judged.opaque.iter().any(Opaque::is_cut)
}

/// The weightiest that speaks against the command.
fn why(judged: &Judgement, named: Option<&Refusal>) -> Option<String> {
    let worst = judged.packages.iter().max_by_key(|(_, thought)| thought.severity);
    let worst = worst.filter(|(_, thought)| thought.severity.is_some());
    match named {
        Some(Refusal::Package { ecosystem, .. }) => {
            let listed = judged
                .packages
                .iter()
                .find(|(package, _)| named.is_some_and(|refusal| is_named(refusal, package)));
            let name = listed.map_or_else(String::new, |(package, _)| name(package));
            Some(format!("the {} package {name} is on the user's list", clean(ecosystem)))
        }
        Some(Refusal::Command(_)) => Some("the user's list names it".to_owned()),
        _ if is_cut(judged) && judged.verdict.severity < Some(Severity::Critical) => {
            Some(format!("it {}", Reason::of("too-long").words()))
        }
        _ => {
            let (package, reason) = match worst {
                Some((package, thought)) => {
                    (package.name.as_ref().map(|_| package), &thought.reasons)
                }
                None => (None, &judged.verdict.reasons),
            };
            let reason = reason.first()?;
            let who = package.map(|p| {
                format!("the {} package {}{}", clean(&p.ecosystem), name(p), version(p, reason))
            });
            let words = said(reason);
            Some(format!("{} {words}", who.unwrap_or_else(|| "it".to_owned())))
        }
    }
}

/// A reason as the end of a sentence.
fn said(reason: &Reason) -> String {
    let target = reason.target.as_deref().map(quoted);
    Reason { rule: clean(&reason.rule).into(), target }.words()
}

/// True when the user's entry means the command.
fn means(refusal: &Refusal, command: &str, judged: &Judgement) -> bool {
    let by_rule =
        |thought: &Assessment, rule: &str| thought.reasons.iter().any(|reason| reason.rule == rule);
    match refusal {
        Refusal::Severity(least) => judged.verdict.severity.is_some_and(|is| is >= *least),
        Refusal::Rule(rule) => {
            by_rule(&judged.verdict, rule)
                || judged.packages.iter().any(|(_, thought)| by_rule(thought, rule))
        }
        Refusal::Command(pattern) => fits(pattern, command.trim()),
        Refusal::Package { .. } => {
            judged.packages.iter().any(|(package, _)| is_named(refusal, package))
        }
    }
}

fn is_named(refusal: &Refusal, package: &Package<String>) -> bool {
    let Refusal::Package { ecosystem, name } = refusal else { return false };
    let plain = |name: &str| plain(ecosystem, name);
    *ecosystem == package.ecosystem
        && package.name.as_deref().is_some_and(|is| fits(&plain(name), &plain(is)))
}

/// A name in one of its spellings: none differ by case alone, and on `PyPI` not by what joins words.
fn plain(ecosystem: &str, name: &str) -> String {
    let joins = |c: char| if ecosystem == "pypi" && matches!(c, '_' | '.') { '-' } else { c };
    name.chars().map(|c| joins(c.to_ascii_lowercase())).collect()
}

fn name(package: &Package<String>) -> String {
    match package.name.as_deref() {
        Some(name) => format!("`{}`", cut(name, LONGEST_NAME)),
        None => "without a name".to_owned(),
    }
}

/// Which version it is, where only that one may be meant.
fn version(package: &Package<String>, reason: &Reason) -> String {
    match package.version.as_deref() {
        Some(version) if reason.rule == "malicious" => {
            format!(" in version {}", cut(version, LONGEST_NAME))
        }
        _ => String::new(),
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", clean(name))
}

/// A name as far as it is one: what could be words of somebody's is not said.
fn clean(name: &str) -> String {
    cut(name, LONGEST)
}

fn cut(name: &str, longest: usize) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "@/._+-".contains(c);
    let mut clean: String =
        name.chars().take(longest).map(|c| if is_part(c) { c } else { '?' }).collect();
    if name.chars().nth(longest).is_some() {
        clean.push_str("...");
    }
    clean
}

#[cfg(test)]
mod tests;
