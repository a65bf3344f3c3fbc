//! SARIF 2.1.0 (OASIS), the form that code hosts read. The value itself is never part of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vigil_proto::Severity;

use super::print::HitRow;

/// The log of one run.
pub(super) fn log(hits: &[HitRow]) -> Value {
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

fn result(hit: &HitRow) -> Value {
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
            "region": {
                "startLine": hit.line,
                "startColumn": hit.column,
                "byteOffset": hit.start,
                "byteLength": hit.end - hit.start,
            },
        }}],
        "properties": { "severity": hit.severity, "confidence": hit.confidence },
    })
}

/// A path as a relative or `file` URI: everything but unreserved characters and `/` is encoded.
fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let encoded = path.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    std::iter::once(scheme.to_owned()).chain(encoded).collect()
}
