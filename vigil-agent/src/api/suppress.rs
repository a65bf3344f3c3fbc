//! Suppressions: made and taken back, each on record as an event of Vigil's own.

use std::{sync::Arc, time::SystemTime};

use axum::{
    extract::{Request, State as Extract},
    http::StatusCode,
    response::Response,
};
use vigil_detect::Rule;
use vigil_proto::{
    Masked, Sensitive, Timestamp, glob,
    report::Document,
    spelling,
    view::{SuppressOrder, Suppressed, SuppressionRow, UnsuppressOrder, Unsuppressed},
};
use vigil_store::{Reader, Suppression, SuppressionOf};

use super::{
    State,
    answer::{Problem, aside, document},
    archive::order,
    control::record,
};

/// Characters of a reason, a path or a rule at most.
const LONGEST: usize = 2_000;

type Answer = Result<Response, Problem>;

/// `POST /api/v1/suppress`.
pub(super) async fn suppress(Extract(state): Extract<State>, request: Request) -> Answer {
    let asked: SuppressOrder = order(request.into_body()).await?;
    let now = Timestamp::from(SystemTime::now());
    let new = checked(asked, now, &|text| (state.mask)(Sensitive::new(text)))?;
    let (data, own, new) = (state.data.clone(), Arc::clone(&state.user_rules), new);
    let new = aside(&state, move || {
        let reader = Reader::open(&data)?;
        known(&new.of, &own, &reader)?;
        is_new(&new.of, &reader)?;
        Ok(new)
    })
    .await?;
    let what = match &new.of {
        SuppressionOf::Finding(id) => format!("finding {id}"),
        SuppressionOf::Path { rule, path } => format!("{rule} in files like {}", path.as_str()),
        SuppressionOf::Project { rule, project } => format!("{rule} in {}", project.as_str()),
    };
    let writer = state.writer.clone();
    let finding = match &new.of {
        SuppressionOf::Finding(id) => Some(*id),
        _ => None,
    };
    let (id, findings) = aside(&state, move || Ok(writer.suppress(new, now)?)).await?;
    if findings == 0 && finding.is_some() {
        let writer = state.writer.clone();
        aside(&state, move || Ok(writer.unsuppress(id, now)?)).await?;
        return Err(Problem::gone("finding"));
    }
    record(&state, "suppress", format!("{what} ({findings} suppressed)")).await?;
    Ok(document(Document::v1("suppress", Suppressed { id, findings })))
}

/// `POST /api/v1/unsuppress`.
pub(super) async fn unsuppress(Extract(state): Extract<State>, request: Request) -> Answer {
    let UnsuppressOrder { id } = order(request.into_body()).await?;
    let writer = state.writer.clone();
    let now = Timestamp::from(SystemTime::now());
    let open = aside(&state, move || Ok(writer.unsuppress(id, now)?)).await?;
    let findings = open.ok_or_else(|| Problem::gone("suppression"))?;
    record(&state, "unsuppress", format!("suppression {id} ({findings} open again)")).await?;
    Ok(document(Document::v1("unsuppress", Unsuppressed { findings })))
}

/// The suppression that is asked for, its words masked.
fn checked(
    asked: SuppressOrder,
    now: Timestamp,
    mask: &dyn Fn(String) -> Masked,
) -> Result<Suppression, Problem> {
    let wrong = |words: &str| Problem::new(StatusCode::BAD_REQUEST, words.to_owned());
    let SuppressOrder { finding, rule, path, project, reason, expires } = asked;
    let long = |text: &String| text.chars().count() > LONGEST;
    if [&rule, &path, &project].into_iter().flatten().chain([&reason]).any(long) {
        return Err(wrong("a word of the order is longer than 2,000 characters"));
    }
    let reason = reason.trim().to_owned();
    if reason.is_empty() {
        return Err(wrong("a suppression has a reason"));
    }
    if expires.is_some_and(|expires| expires <= now) {
        return Err(wrong("its end is past already"));
    }
    let of = match (finding, rule, path, project) {
        (Some(id), None, None, None) => SuppressionOf::Finding(id),
        (None, Some(rule), Some(path), None) => {
            if !glob::is_pattern(&path) {
                return Err(wrong("a pattern of a path has 1 to 256 characters"));
            }
            SuppressionOf::Path { rule: word(rule)?, path: mask(path) }
        }
        (None, Some(rule), None, Some(project)) if project.starts_with('/') => {
            SuppressionOf::Project { rule: word(rule)?, project: mask(project) }
        }
        (None, Some(_), None, Some(_)) => return Err(wrong("a project is an absolute path")),
        _ => {
            return Err(wrong(
                "a suppression is for one finding, or for a rule with a path or a project",
            ));
        }
    };
    Ok(Suppression { of, reason: mask(reason), expires })
}

/// Rules that find no values but events, besides those of packages.
const OF_EVENTS: &[&str] = &[
    "witness-conflict",
    "certificate-rejected",
    "secret-revealed",
    "guard-gone",
    "intel-host",
    "install-unnamed",
];

/// Whether there is such a rule: a suppression of none would wait for ever.
fn known(of: &SuppressionOf, own: &[String], reader: &Reader) -> Result<(), Problem> {
    let (SuppressionOf::Path { rule, .. } | SuppressionOf::Project { rule, .. }) = of else {
        return Ok(());
    };
    let names = || Rule::all().map(|rule| rule.name).chain(OF_EVENTS.iter().copied());
    let own = || own.iter().map(String::as_str);
    if rule.starts_with("package-") || names().chain(own()).any(|name| name == rule) {
        return Ok(());
    }
    if reader.findings()?.findings.iter().any(|finding| finding.rule == *rule) {
        return Ok(());
    }
    let hint = match spelling::nearest(rule, names().chain(own())) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`vigil findings` names the rule of each; docs/RULES.md has them all".to_owned(),
    };
    Err(Problem::new(StatusCode::BAD_REQUEST, format!("there is no rule `{rule}`")).with_hint(hint))
}

/// Whether nothing does the same already.
fn is_new(of: &SuppressionOf, reader: &Reader) -> Result<(), Problem> {
    let same = |row: &SuppressionRow| match of {
        SuppressionOf::Finding(id) => row.finding == Some(*id),
        SuppressionOf::Path { rule, path } => {
            row.rule.as_ref() == Some(rule) && row.path.as_ref() == Some(path)
        }
        SuppressionOf::Project { rule, project } => {
            row.rule.as_ref() == Some(rule) && row.project.as_ref() == Some(project)
        }
    };
    match reader.suppressions()?.suppressions.into_iter().find(same) {
        None => Ok(()),
        Some(row) => {
            let words = format!("suppression {} says so already", row.id);
            Err(Problem::new(StatusCode::CONFLICT, words)
                .with_hint(format!("`vigil suppress remove {}` takes it back", row.id)))
        }
    }
}

/// Rules have words as names; anything else is none.
fn word(rule: String) -> Result<String, Problem> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !rule.is_empty() && rule.chars().all(plain) {
        return Ok(rule);
    }
    Err(Problem::new(StatusCode::BAD_REQUEST, "no rule has such a name"))
}
