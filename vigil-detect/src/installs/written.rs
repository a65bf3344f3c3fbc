//! What a tool call adds to a manifest that it writes.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::Deserialize;
use serde_json::Value;
use vigil_proto::{Masked, event::touched, package::Package};

use crate::manifest;

/// Longer inputs write no manifest, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Finds the names of manifests in one pass: most calls have none of them.
static NAMES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(manifest::NAMES).ok());

/// What tools call the text that they write, and that which it replaces.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Input {
    content: Option<Value>,
    file_text: Option<Value>,
    #[serde(alias = "new_str", alias = "newString", alias = "new_text", alias = "newText")]
    new_string: Option<Value>,
    #[serde(alias = "old_str", alias = "oldString", alias = "old_text", alias = "oldText")]
    old_string: Option<Value>,
    edits: Vec<Self>,
    #[serde(alias = "input", alias = "diff")]
    patch: Option<Value>,
}

/// The packages that a call of `tool` adds to a manifest; none when it writes no manifest.
pub(super) fn added(tool: &str, input: &Masked) -> Option<Vec<Package<String>>> {
    let text = input.as_str();
    let may_be = || NAMES.as_ref().is_none_or(|names| names.is_match(text));
    if text.len() > LONGEST || !may_be() {
        return None;
    }
    let file = touched(tool, input).filter(|file| file.written)?;
    let path = file.path.as_str();
    if !manifest::is_manifest(path) {
        return None;
    }
    let input: Input = serde_json::from_str(text)
        .unwrap_or_else(|_| Input { patch: Some(Value::from(text)), ..Input::default() });
    let mut found = Vec::new();
    for edit in std::iter::once(&input).chain(&input.edits) {
        let mut new = [&edit.content, &edit.file_text, &edit.new_string].into_iter().flatten();
        if let Some(new) = new.find_map(Value::as_str) {
            let old = edit.old_string.as_ref().and_then(Value::as_str).unwrap_or_default();
            found.extend(manifest::added(path, old, new));
        }
    }
    if let Some(patch) = input.patch.as_ref().and_then(Value::as_str) {
        let side = |sign: char, marks: &str| {
            let lines = patch.lines().filter(|line| !line.starts_with(marks));
            lines.filter_map(|line| line.strip_prefix(sign)).collect::<Vec<_>>().join("\n")
        };
        found.extend(manifest::added(path, &side('-', "---"), &side('+', "+++")));
    }
    Some(found)
}
