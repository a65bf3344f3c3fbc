//! `vigil check-package`: what is thought of packages, by what this program knows and the lists that
//! the user brought in. Asks nobody, installs nothing, stores nothing.

use std::{borrow::Cow, collections::BTreeSet, io};

use serde::{Deserialize, Serialize};
use vigil_detect::{intel::Intel, package::Knowledge};
use vigil_platform::paths::Paths;
use vigil_proto::{
    Severity,
    package::{Assessment, Package, PackageSource, Reason},
    registry,
};

use super::{Outcome, asked_ecosystem, records};
use crate::{
    args::{self, CheckFormat},
    failure::{Exit, Failure},
    intel,
    terminal::{Console, GREEN, plain, severity_style},
};

/// A longer record is no package.
const LONGEST: u64 = 64 * 1024;

/// More unknown ecosystems are not told of.
const MOST_UNKNOWN: usize = 16;

/// A package as it is asked about.
#[derive(Debug, Deserialize)]
struct Asked {
    ecosystem: String,
    name: String,
    #[serde(default)]
    version: Option<String>,
}

/// What is thought of one.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    ecosystem: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    /// `none` where nothing speaks against it.
    severity: &'static str,
    reasons: &'a [Reason],
}

impl<'a> Answer<'a> {
    fn of(asked: &'a Asked, thought: &'a Assessment) -> Self {
        Self {
            ecosystem: &asked.ecosystem,
            name: &asked.name,
            version: asked.version.as_deref(),
            severity: thought.severity.map_or("none", Severity::as_str),
            reasons: &thought.reasons,
        }
    }
}

#[derive(Serialize)]
struct Packages<'a> {
    packages: Vec<Answer<'a>>,
}

pub(super) fn run(args: &args::CheckPackage, console: &mut Console) -> Outcome {
    let format = match (args.format, console.json, &args.jsonl_in) {
        (Some(format), ..) => format,
        (None, true, _) => CheckFormat::Json,
        (None, false, Some(_)) => CheckFormat::Jsonl,
        (None, false, None) => CheckFormat::Text,
    };
    let ecosystem = asked_ecosystem(&args.ecosystem)?;
    // What is carried is known without a place of Vigil's.
    let intel = match Paths::locate() {
        Ok(paths) => intel::usable(intel::load(&paths), console),
        Err(_) => Intel::default(),
    };
    let mut check =
        Check { intel, format, worst: None, answers: Vec::new(), unknown: BTreeSet::new() };
    let mut exit = Exit::Ok;
    if let Some(file) = &args.jsonl_in {
        exit = records::each(file, LONGEST, "ecosystem and name", &mut |asked| {
            check.package(asked, console)
        })?;
    }
    for name in &args.names {
        check.package(Ok(asked(ecosystem, name)), console)?;
    }
    if format == CheckFormat::Json {
        let packages = check.answers.iter().map(|(asked, thought)| Answer::of(asked, thought));
        console.document("packages", Packages { packages: packages.collect() })?;
    }
    let is_bad = args.exit_code && check.worst >= Some(Severity::High);
    Ok(if is_bad { Exit::Failed } else { exit })
}

struct Check {
    intel: Intel,
    format: CheckFormat,
    worst: Option<Severity>,
    /// Kept for one document.
    answers: Vec<(Asked, Assessment)>,
    /// Ecosystems that were told to be unknown.
    unknown: BTreeSet<String>,
}

impl Check {
    fn package(
        &mut self,
        asked: Result<Asked, String>,
        console: &mut Console,
    ) -> Result<(), Failure> {
        let asked = match asked {
            Ok(asked) => asked,
            Err(why) => {
                console.warn(plain(&why));
                return Ok(());
            }
        };
        if let Err(wrong) = registry::known_ecosystem(&asked.ecosystem)
            && self.unknown.len() < MOST_UNKNOWN
            && self.unknown.insert(asked.ecosystem.clone())
        {
            console.warn(format_args!("{}; nothing is known of its names", plain(&wrong)));
        }
        let thought = Knowledge::embedded().judge(&package(&asked), &self.intel);
        self.worst = self.worst.max(thought.severity);
        match self.format {
            CheckFormat::Text => print(&asked, &thought, console)?,
            CheckFormat::Json => self.answers.push((asked, thought)),
            CheckFormat::Jsonl => console.json_line(&Answer::of(&asked, &thought))?,
        }
        Ok(())
    }
}

/// As a command would ask the usual registry for it.
fn package(asked: &Asked) -> Package<String> {
    Package {
        manager: Cow::Borrowed(""),
        ecosystem: registry::ecosystem(&asked.ecosystem),
        name: Some(asked.name.clone()),
        version: asked.version.clone(),
        source: PackageSource::Registry,
        url: None,
        flags: Vec::new(),
    }
}

/// `NAME`, `NAME@VERSION`, or for Python `NAME==VERSION`.
fn asked(ecosystem: &str, text: &str) -> Asked {
    let parts = match ecosystem {
        "pypi" => text.split_once("=="),
        _ => text.rsplit_once('@').filter(|(name, _)| !name.is_empty()),
    };
    let (name, version) = parts.map_or((text, None), |(name, version)| (name, Some(version)));
    Asked {
        ecosystem: ecosystem.to_owned(),
        name: name.to_owned(),
        version: version.map(str::to_owned),
    }
}

fn print(asked: &Asked, thought: &Assessment, console: &mut Console) -> io::Result<()> {
    let (word, style) = match thought.severity {
        Some(severity) => (severity.as_str(), severity_style(severity)),
        None => ("none", GREEN),
    };
    let name = plain(&asked.name);
    let version = asked.version.as_deref().map_or(String::new(), |version| format!(" {version}"));
    console.line(format_args!("{style}{word:<8}{style:#}  {name}{}", plain(&version)))?;
    for reason in &thought.reasons {
        console.line(format_args!("          {} ({})", plain(&reason.words()), reason.rule))?;
    }
    Ok(())
}
