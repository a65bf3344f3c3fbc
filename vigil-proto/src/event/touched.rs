//! Which file a tool call names, and whether it asks to read or to write it. Judged from the
//! tool's name and its input alone: what was asked for, never whether it happened.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use crate::text::Masked;

/// A file that a tool call names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// The path as the tool was given it.
    pub path: Masked,
    /// True when the call asks to write it.
    pub written: bool,
}

/// Paths longer than this are no paths: `PATH_MAX` of Linux, in bytes.
const LONGEST: usize = 4096;

/// The keys under which tools take their file, the most telling first.
const KEYS: &[&str] = &[
    "file_path",
    "notebook_path",
    "absolute_path",
    "target_file",
    "filePath",
    "AbsolutePath",
    "TargetFile",
    "relative_path",
    "filename",
    "path",
];

/// What a tool does with the one file it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    /// What its `command` says: `view` reads, everything else writes.
    Command,
    /// Its input is a patch, which may name several files.
    Patch,
}

/// The file that a call of `tool` with the JSON `input` names; none when the tool names no single
/// file, as searches, lists and shells do.
pub fn touched(tool: &str, input: &Masked) -> Option<Touched> {
    let access = access(tool)?;
    // A tool may be given its patch as it is, without JSON around it.
    let input: Input = match serde_json::from_str(input.as_str()) {
        Ok(input) => input,
        Err(_) if access == Access::Patch => {
            Input { patch: Some(input.as_str().to_owned()), ..Input::default() }
        }
        Err(_) => return None,
    };
    let path = match (input.path, &input.patch) {
        (Some((_, path)), _) => path,
        (None, Some(patch)) if access == Access::Patch => patched(patch)?.to_owned(),
        _ => return None,
    };
    if path.trim().is_empty() || path.len() > LONGEST || path.contains('\0') {
        return None;
    }
    let written = match access {
        Access::Read => false,
        Access::Write | Access::Patch => true,
        Access::Command => input.command.as_deref() != Some("view"),
    };
    Some(Touched { path: Masked::from_scan(path), written })
}

/// By the tool's own name: a server in front of it (`mcp__filesystem__read_file`), capitals and
/// underscores say nothing.
fn access(tool: &str) -> Option<Access> {
    let own = tool.rsplit("__").next().unwrap_or(tool);
    if own.len() > 40 {
        return None;
    }
    let word: String =
        own.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match word.as_str() {
        "read" | "readfile" | "readtextfile" | "readmediafile" | "readfiletool" | "view"
        | "viewfile" | "viewimage" | "openfile" | "catfile" | "notebookread"
        | "getfilecontents" => Some(Access::Read),
        "write" | "writefile" | "writetofile" | "createfile" | "createtextfile" | "edit"
        | "editfile" | "multiedit" | "notebookedit" | "editnotebook" | "replace"
        | "replaceinfile" | "replacefilecontent" | "searchreplace" | "strreplace"
        | "insertintofile" | "appendfile" | "appendtofile" | "deletefile" => Some(Access::Write),
        "strreplaceeditor" | "strreplacebasededittool" | "texteditor" => Some(Access::Command),
        "applypatch" | "applydiff" => Some(Access::Patch),
        _ => None,
    }
}

/// The file of a patch that changes exactly one.
fn patched(patch: &str) -> Option<&str> {
    const HEADS: &[&str] = &["*** Add File: ", "*** Update File: ", "*** Delete File: ", "+++ b/"];
    let mut files = patch
        .lines()
        .filter_map(|line| HEADS.iter().find_map(|head| line.strip_prefix(head)))
        .map(str::trim);
    let first = files.next()?;
    files.all(|file| file == first).then_some(first)
}

/// What of an input matters here. Long values are passed over without being kept.
#[derive(Default)]
struct Input {
    /// The path, with the place of its key in [`KEYS`].
    path: Option<(usize, String)>,
    command: Option<String>,
    patch: Option<String>,
}

impl<'de> Deserialize<'de> for Input {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Input;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the input of a tool call")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Input, A::Error> {
        let mut input = Input::default();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let rank = KEYS.iter().position(|known| *known == key);
            if let Some(rank) = rank {
                let better = input.path.as_ref().is_none_or(|(known, _)| rank < *known);
                if let Text(Some(path)) = map.next_value()?
                    && better
                {
                    input.path = Some((rank, path));
                }
                continue;
            }
            match &*key {
                "command" => input.command = map.next_value::<Text>()?.0,
                "patch" | "input" | "diff" => input.patch = map.next_value::<Text>()?.0,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(input)
    }
}

/// A string, or something else that does not matter.
struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Text(String),
            Other(IgnoredAny),
        }
        Ok(Self(match Either::deserialize(deserializer)? {
            Either::Text(text) => Some(text),
            Either::Other(_) => None,
        }))
    }
}

#[cfg(test)]
mod tests;
