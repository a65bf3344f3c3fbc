//! Where Claude Code keeps its transcripts, and what a file's place says about its lines.

use std::{
    fs,
    io::Read as _,
    path::{Component, Path, PathBuf},
};

use serde::Deserialize;
use vigil_proto::{SourceId, Timestamp};

use super::Place;
use crate::pipeline::Exclusions;

/// The most that is read of a sub-agent's description.
const META: u64 = 64 * 1024;

/// The folders that may hold projects, whether they exist yet or not.
pub(in super::super) fn roots(home: &Path, config_dir: Option<&Path>) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    roots.extend(config_dir.map(|dir| dir.join("projects")));
    roots.push(home.join(".claude/projects"));
    roots.push(home.join(".config/claude/projects"));
    roots
}

/// True for files that are transcripts, given their path below the root:
/// `PROJECT/SESSION.jsonl`, `PROJECT/agent-ID.jsonl`, `PROJECT/SESSION/subagents/**.jsonl`.
pub(in super::super) fn is_transcript(below_root: &Path) -> bool {
    if below_root.extension().is_none_or(|extension| extension != "jsonl") {
        return false;
    }
    let mut parts = below_root.components().map(Component::as_os_str);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(_), None, _) => true,
        (Some(_), Some(_), Some(folder), Some(_)) => folder == "subagents",
        _ => false,
    }
}

/// True for folders that can hold transcripts.
pub(in super::super) fn is_folder(below_root: &Path) -> bool {
    let mut parts = below_root.components().map(Component::as_os_str);
    let (_, _, third) = (parts.next(), parts.next(), parts.next());
    third.is_none_or(|folder| folder == "subagents")
}

/// What the place of `path` (below `root`) says. Reads the sub-agent's description beside it.
pub(in super::super) fn place(
    root: &Path,
    path: &Path,
    fallback: Timestamp,
    exclusions: &Exclusions,
) -> Place {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<String> =
        below.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let agent = stem.strip_prefix("agent-").map(str::to_owned);
    let session = match (&agent, parts.as_slice()) {
        (_, [_, session, _, ..]) => Some(session.clone()),
        (None, _) => Some(stem),
        (Some(_), _) => None,
    };
    let meta = agent.is_some().then(|| meta(path)).flatten().unwrap_or_default();
    Place {
        source: SourceId::of(path.as_os_str().as_encoded_bytes()),
        session,
        thread: agent,
        started_by: meta.tool_use_id,
        agent_type: meta.agent_type,
        maybe_excluded: parts.first().is_some_and(|folder| may_be_excluded(folder, exclusions)),
        fallback,
    }
}

/// A sub-agent's description, beside its transcript.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    agent_type: Option<String>,
    tool_use_id: Option<String>,
}

fn meta(transcript: &Path) -> Option<Meta> {
    let path = transcript.with_extension("meta.json");
    if !fs::symlink_metadata(&path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    fs::File::open(path).ok()?.take(META).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// True when `folder` (the client's spelling of a working directory) can stand for an excluded
/// project or a folder below one. The spelling is not reversible, so this errs towards yes.
fn may_be_excluded(folder: &str, exclusions: &Exclusions) -> bool {
    exclusions.projects().iter().any(|project| {
        let spelled = spelling(&project.to_string_lossy());
        folder
            .strip_prefix(spelled.trim_end_matches('-'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

/// A working directory as the client spells it in a folder's name.
fn spelling(path: &str) -> String {
    path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests;
