//! Where Claude Code keeps its transcripts, and what a file's place says about its lines.

use std::{
    fs,
    io::Read as _,
    path::{Component, Path, PathBuf},
};

use serde::Deserialize;
use vigil_proto::{SourceId, Timestamp};

use super::Place;
use crate::{
    pipeline::Exclusions,
    source::transcript::{Options, client::Folder},
};

/// The variable that moves the client's folder; read besides the usual places.
pub(super) const CONFIG_DIR: &str = "CLAUDE_CONFIG_DIR";

/// The most that is read of a sub-agent's description.
const META: u64 = 64 * 1024;

/// The folders that may hold projects, whether they exist yet or not.
pub(super) fn roots(options: &Options) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    roots.extend(options.variable(CONFIG_DIR).map(|dir| dir.join("projects")));
    roots.push(options.home.join(".claude/projects"));
    roots.push(options.home.join(".config/claude/projects"));
    roots
}

/// Where the sub-agents of the session at `transcript` have theirs.
pub(super) fn subagents(transcript: &Path) -> PathBuf {
    transcript.with_extension("").join("subagents")
}

/// True for files that are transcripts, given their path below the root:
/// `PROJECT/SESSION.jsonl`, `PROJECT/agent-ID.jsonl`, `PROJECT/SESSION/subagents/**.jsonl`.
pub(super) fn is_transcript(below_root: &Path) -> bool {
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

/// How a folder is looked at: projects always, those of sub-agents while they are in use.
pub(super) fn folder(below_root: &Path) -> Option<Folder> {
    let mut parts = below_root.components().map(Component::as_os_str);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (_, None, ..) => Some(Folder::Lasting),
        (_, Some(_), None, _) => Some(Folder::Step),
        (_, _, Some(third), _) if third != "subagents" => None,
        _ if below_root.ends_with("subagents") => Some(Folder::Passing),
        _ => Some(Folder::Step),
    }
}

/// What the place of `path` (below `root`) says. Reads the sub-agent's description beside it.
pub(super) fn place(
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
pub(super) fn spelling(path: &str) -> String {
    path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests;
