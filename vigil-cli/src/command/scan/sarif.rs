//! SARIF 2.1.0 (OASIS), the form that code hosts read. The value itself is never part of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vigil_proto::Severity;

use super::{input::Skipped, print::HitRow};

/// The log of one run.
pub(super) fn log(hits: &[HitRow], not_scanned: &[Skipped]) -> Value {
    let types: BTreeMap<&str, &HitRow> = hits.iter().map(|hit| (hit.kind, hit)).collect();
    let rules: Vec<Value> = types.values().map(|hit| rule(hit)).collect();
    let results: Vec<Value> = hits.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "vigil",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": !not_scanned.iter().any(|skipped| skipped.asked_for),
                "toolExecutionNotifications":
                    not_scanned.iter().map(notification).collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(hit: &HitRow) -> Value {
    json!({
        "id": hit.kind,
        "shortDescription": { "text": hit.title },
        "properties": { "group": hit.group },
    })
}

/// What was not scanned is told like what went wrong.
fn notification(skipped: &Skipped) -> Value {
    json!({
        "level": if skipped.asked_for { "error" } else { "note" },
        "message": { "text": format!("not scanned: {}", skipped.reason) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&skipped.id) },
        }}],
    })
}

fn result(hit: &HitRow) -> Value {
    let region = if hit.in_file {
        json!({
            "startLine": hit.line,
            "startColumn": hit.column,
            "byteOffset": hit.start,
            "byteLength": hit.end - hit.start,
        })
    } else {
        json!({ "startLine": hit.line, "startColumn": hit.column })
    };
    let level = match hit.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    };
    json!({
        "ruleId": hit.kind,
        "level": level,
        "message": { "text": format!("This looks like {}.", hit.title) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&hit.id) },
            "region": region,
        }}],
        "properties": { "severity": hit.severity, "confidence": hit.confidence },
    })
}

/// A path as a relative or `file` URI: everything but unreserved characters and `/` is encoded. That
/// it begins here needs no saying, and hosts of code do not know a file by it.
fn uri(path: &str) -> String {
    let path = path.trim_start_matches("./");
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let encoded = path.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    std::iter::once(scheme.to_owned()).chain(encoded).collect()
}
