//! `vigil check-install`: what a command would install, and what is thought of it, by what this
//! program knows and the lists that the user brought in. Runs nothing, asks nobody, stores nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigil_detect::{
    install::Opaque,
    intel::Intel,
    package::{Judgement, Knowledge, judge},
};
use vigil_platform::paths::Paths;
use vigil_proto::{
    Severity,
    event::quoted,
    package::{Package, Reason},
};

use super::{Outcome, records};
use crate::{
    args::{self, CheckFormat},
    failure::{Exit, Failure},
    intel,
    terminal::{Console, GREEN, Table, plain, severity_style, shorten},
};

#[cfg(test)]
mod tests;

/// A longer record is no command.
const LONGEST: u64 = 16 * 1024 * 1024;
/// Characters of a command that stand in its headline.
const SHOWN: usize = 100;

/// A command as it is asked about.
#[derive(Debug, Deserialize)]
struct Asked {
    id: Value,
    command: String,
}

/// What is thought of one.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    packages: Vec<&'a Package<String>>,
    /// `none` where nothing speaks against it.
    severity: &'static str,
    reasons: &'a [Reason],
    /// What could not be seen through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    opaque: Vec<Hidden<'a>>,
}

#[derive(Debug, Serialize)]
struct Hidden<'a> {
    why: &'static str,
    text: &'a str,
}

impl<'a> Answer<'a> {
    fn of(id: Option<&'a Value>, judged: &'a Judgement) -> Self {
        let hidden = judged.opaque.iter().map(|Opaque { why, text }| Hidden { why, text });
        Self {
            id,
            packages: judged.packages.iter().map(|(package, _)| package).collect(),
            severity: judged.verdict.severity.map_or("none", Severity::as_str),
            reasons: &judged.verdict.reasons,
            opaque: hidden.collect(),
        }
    }
}

pub(super) fn run(args: &args::CheckInstall, console: &mut Console) -> Outcome {
    let format = match (args.format, console.json, &args.jsonl_in) {
        (Some(format), ..) => format,
        (None, true, _) => CheckFormat::Json,
        (None, false, Some(_)) => CheckFormat::Jsonl,
        (None, false, None) => CheckFormat::Text,
    };
    // What is carried is known without a place of Vigil's.
    let intel = match Paths::locate() {
        Ok(paths) => intel::usable(intel::load(&paths), console),
        Err(_) => Intel::default(),
    };
    let mut check = Check { intel, format, worst: None, documents: Vec::new() };
    let mut exit = Exit::Ok;
    match &args.jsonl_in {
        Some(file) => {
            exit = records::each(file, LONGEST, "id and command", &mut |asked| match asked {
                Ok(Asked { id, command }) => check.command(Some(&id), &command, console),
                Err(why) => {
                    console.warn(plain(&why));
                    Ok(())
                }
            })?;
        }
        None => check.command(None, &text(&args.command), console)?,
    }
    if format == CheckFormat::Json && args.jsonl_in.is_some() {
        let commands = std::mem::take(&mut check.documents);
        console.document("commands", serde_json::json!({ "commands": commands }))?;
    }
    let is_bad = args.exit_code && check.worst >= Some(Severity::High);
    Ok(if is_bad { Exit::Failed } else { exit })
}

/// One word is a text as a shell reads it, several are the words of one program.
fn text(words: &[String]) -> String {
    match words {
        [text] => text.clone(),
        words => quoted(&words.iter().map(String::as_str).collect::<Vec<_>>()),
    }
}

struct Check {
    intel: Intel,
    format: CheckFormat,
    worst: Option<Severity>,
    /// Kept for one document.
    documents: Vec<Value>,
}

impl Check {
    fn command(
        &mut self,
        id: Option<&Value>,
        command: &str,
        console: &mut Console,
    ) -> Result<(), Failure> {
        let judged = judge(command, Knowledge::embedded(), &self.intel);
        self.worst = self.worst.max(judged.verdict.severity);
        let answer = Answer::of(id, &judged);
        match (self.format, id) {
            (CheckFormat::Text, _) => print(command, &judged, console)?,
            (CheckFormat::Json, None) => console.document("command", answer)?,
            (CheckFormat::Json, Some(_)) => {
                self.documents.push(serde_json::to_value(answer)?);
            }
            (CheckFormat::Jsonl, _) => console.json_line(&answer)?,
        }
        Ok(())
    }
}

fn print(command: &str, judged: &Judgement, console: &mut Console) -> Result<(), Failure> {
    let (word, style) = match judged.verdict.severity {
        Some(severity) => (severity.as_str(), severity_style(severity)),
        None => ("none", GREEN),
    };
    console.line(format_args!("{style}{word}{style:#}  {}", plain(&shorten(command, SHOWN))))?;
    if !judged.packages.is_empty() {
        let mut table = Table::new(&["PACKAGE", "VERSION", "BY", "FROM", "SEVERITY", "WHY"]);
        for (package, thought) in &judged.packages {
            let severity = thought.severity.map_or("none", Severity::as_str);
            let mut reasons = thought.reasons.iter();
            let first = reasons.next().map_or_else(|| "nothing speaks against it".to_owned(), said);
            table.row([
                package.name.clone().unwrap_or_else(|| "-".to_owned()),
                package.version.clone().unwrap_or_else(|| "-".to_owned()),
                by(package),
                package.url.clone().unwrap_or_else(|| package.source.word().to_owned()),
                severity.to_owned(),
                first,
            ]);
            for reason in reasons {
                let empty = || String::new();
                table.row([empty(), empty(), empty(), empty(), empty(), said(reason)]);
            }
        }
        console.line(format_args!("{table}"))?;
    } else if judged.opaque.is_empty() {
        console.line("Installs nothing.")?;
    }
    let own = judged.verdict.reasons.iter().filter(|reason| {
        !judged.packages.iter().any(|(_, thought)| thought.reasons.contains(reason))
    });
    for reason in own {
        console.line(format_args!("The command {}.", plain(&reason.words())))?;
    }
    for Opaque { why, text } in &judged.opaque {
        let text = shorten(text, SHOWN);
        console.line(format_args!("Not seen through: {} ({}).", plain(&text), hidden(why)))?;
    }
    Ok(())
}

fn said(reason: &Reason) -> String {
    format!("{} ({})", reason.words(), reason.rule)
}

/// The program, and in which way.
fn by(package: &Package<String>) -> String {
    let flags: Vec<&str> = package.flags.iter().map(AsRef::as_ref).collect();
    match flags.as_slice() {
        [] => package.manager.clone().into_owned(),
        flags => format!("{} ({})", package.manager, flags.join(", ")),
    }
}

/// What a fixed word says to a person.
fn hidden(why: &str) -> &'static str {
    match why {
        "make" => "it does what a build file says",
        "package-script" => "it runs a script of the project",
        "script-file" => "it runs a script that is not in the command",
        "eval" => "it runs text that is not known",
        "stdin" => "it runs what it is fed",
        "variable" => "which program that is, only the shell knows",
        "manifest" => "it installs what the project lists",
        "dry-run" => "it installs nothing, but may run code of the package",
        "container" => "it builds or starts what a file says",
        "too-deep" => "commands stand too deep in each other",
        _ => "it is too long to be read to its end",
    }
}
