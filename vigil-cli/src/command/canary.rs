//! `vigil canary`: tokens that are planted where nobody has business, so that whoever reads them
//! is noticed. The configuration keeps keyed fingerprints of them, nobody keeps the tokens.

use std::{fmt, fs, io::Read as _, path::PathBuf};

use serde::Serialize;
use vigil_detect::{Custom, FingerprintKey, custom::canary};
use vigil_platform::{paths::Paths, private};
use vigil_proto::Config;

use super::Outcome;
use crate::{
    args,
    failure::{Exit, Failure},
    settings,
    terminal::{Console, plain},
};

/// The section of the configuration that they stand in.
const SECTION: &str = "[detect.canaries]";
/// Letters of a canary that Vigil makes.
const LEN: usize = 40;

/// `vigil.canaries/1`.
#[derive(Debug, Serialize)]
struct CanariesReport {
    canaries: Vec<Listed>,
}

#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    /// The token itself, only right after it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

pub(super) fn run(args: &args::Canary, paths: &Paths, console: &mut Console) -> Outcome {
    match args {
        args::Canary::Add { name, stdin } => add(name, *stdin, paths, console),
        args::Canary::List => list(paths, console),
        args::Canary::Remove { name } => remove(name, paths, console),
    }
}

fn add(name: &str, stdin: bool, paths: &Paths, console: &mut Console) -> Outcome {
    if !canary::is_name(name) {
        let wrong = format!("`{}` is no name for a canary", plain(name));
        return Err(Failure::new(wrong, canary::NAMES));
    }
    let known = settings::read(paths)?.layered.config.detect.canaries;
    if known.contains_key(name) {
        return Err(Failure::new(
            format!("there is a canary `{name}` already"),
            "`vigil canary remove` takes it back; its token is then an ordinary one",
        ));
    }
    let given = stdin.then(from_stdin).transpose()?;
    let token = match &given {
        Some(token) => token.clone(),
        None => made()?,
    };
    paths.make(&[paths.data()])?;
    let key = private::read_or_create_key(&paths.data().join(settings::KEY))?;
    let key = FingerprintKey::of_installation(&key);
    let planted = canary::planted(&token, &key)
        .map_err(|wrong| Failure::new(wrong, "without --stdin Vigil makes one"))?;
    let text = text_of(paths)?;
    let text = with_line(&text, &format!("{name} = \"{planted}\""));
    let detect = checked(&text)?.detect;
    let today = jiff::Zoned::now().date().to_string();
    Custom::new(&detect, &today).map_err(|error| unchanged(&error))?;
    write(&text, paths)?;
    if console.json {
        let token = given.is_none().then_some(token);
        let canaries = vec![Listed { name: name.to_owned(), token }];
        console.document("canaries", CanariesReport { canaries })?;
        return Ok(Exit::Ok);
    }
    if given.is_none() {
        console.line(&token)?;
        console.say("Put it where nobody has business; it is not shown again.");
    }
    console.say("A sighting is a critical finding, once the agent has been started again.");
    Ok(Exit::Ok)
}

fn list(paths: &Paths, console: &mut Console) -> Outcome {
    let known = settings::read(paths)?.layered.config.detect.canaries;
    if console.json {
        let canaries = known.into_keys().map(|name| Listed { name, token: None }).collect();
        console.document("canaries", CanariesReport { canaries })?;
        return Ok(Exit::Ok);
    }
    if known.is_empty() {
        console.say("There are no canaries; `vigil canary add NAME` makes one.");
    }
    for name in known.keys() {
        console.line(plain(name))?;
    }
    Ok(Exit::Ok)
}

fn remove(name: &str, paths: &Paths, console: &mut Console) -> Outcome {
    let text = text_of(paths)?;
    let Some(text) = without_line(&text, name) else {
        return Err(Failure::new(
            format!("there is no canary `{name}`"),
            "`vigil canary list` names them",
        ));
    };
    checked(&text)?;
    write(&text, paths)?;
    if console.json {
        return list(paths, console);
    }
    console.say(format_args!(
        "`{}` is no canary any more, once the agent has been started again.",
        plain(name)
    ));
    Ok(Exit::Ok)
}

/// The first line of standard input.
fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let limit = canary::LONGEST as u64 + 64;
    std::io::stdin().take(limit).read_to_string(&mut text)?;
    Ok(text.trim().to_owned())
}

/// A token of letters and digits that says nothing of what it is.
fn made() -> Result<String, Failure> {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut token = String::with_capacity(LEN);
    while token.len() < LEN {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes).map_err(|error| {
            Failure::new(format!("there is no randomness: {error}"), "try again")
        })?;
        // A byte beyond the last whole round of letters would favour the first ones.
        let fair = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte & 63)));
        token.extend(fair.take(LEN - token.len()).map(|letter| char::from(*letter)));
    }
    Ok(token)
}

/// The configuration's text, empty where there is none.
fn text_of(paths: &Paths) -> Result<String, Failure> {
    let path = paths.config_file();
    match fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(|source| Failure::File {
            operation: "read",
            path: path.to_owned(),
            source,
        }),
    }
}

/// The configuration that the text is, if it is one.
fn checked(text: &str) -> Result<Config, Failure> {
    Config::parse(text).map_err(|error| unchanged(&error))
}

fn unchanged(error: &dyn fmt::Display) -> Failure {
    let hint = format!("write the line by hand, below {SECTION}");
    Failure::new(format!("the configuration cannot be changed: {error}"), &hint)
}

/// Writes the configuration, where it is a link what that names.
fn write(text: &str, paths: &Paths) -> Result<(), Failure> {
    let path = paths.config_file();
    let is_link = fs::symlink_metadata(path).is_ok_and(|file| file.is_symlink());
    let file = if is_link {
        fs::canonicalize(path).map_err(|source| Failure::File {
            operation: "follow",
            path: path.to_owned(),
            source,
        })?
    } else {
        if let Some(folder) = path.parent() {
            paths.make(&[folder])?;
        }
        PathBuf::from(path)
    };
    private::write(&file, text.as_bytes())?;
    Ok(())
}

/// The text with `line` in the section, which is put at the end where there is none.
fn with_line(text: &str, line: &str) -> String {
    let head = text.lines().position(|known| known.trim() == SECTION);
    let mut lines: Vec<&str> = text.lines().collect();
    if let Some(head) = head {
        lines.insert(head + 1, line);
    } else {
        if lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push("");
        }
        lines.extend([SECTION, line]);
    }
    lines.join("\n") + "\n"
}

/// The text without the section's line of this name, if there is one.
fn without_line(text: &str, name: &str) -> Option<String> {
    let head = text.lines().position(|known| known.trim() == SECTION)?;
    let is_it = |line: &str| {
        line.split_once('=').is_some_and(|(key, _)| key.trim().trim_matches('"') == name)
    };
    let section = text.lines().skip(head + 1).take_while(|line| !line.trim().starts_with('['));
    let at = head + 1 + section.into_iter().position(is_it)?;
    let kept: Vec<&str> =
        text.lines().enumerate().filter(|(i, _)| *i != at).map(|(_, line)| line).collect();
    Some(kept.join("\n") + "\n")
}
