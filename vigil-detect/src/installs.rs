//! What masked events install: read from the commands of tool calls, judged, and told as findings.
//! Never asks anybody, and never runs a manager.

use std::sync::Arc;

use vigil_proto::{
    Batch, Confidence, Event, EventId, Finding, Kind, Masked, Severity, Timestamp,
    event::command,
    package::{Assessment, InstallWay, Installed, Package, Reason},
};

use crate::{install, intel::Intel, manifest, package::Knowledge};

mod written;

/// Packages of one event at most: no command that somebody means names more.
const MOST: usize = 200;

/// Longer names and addresses, in bytes, are none.
const LONGEST: usize = 2048;

/// Packages of one lock file at most.
const LOCKED: usize = 50_000;

/// The place of the first package of an event that the disk shows.
const ON_DISK: u32 = 1000;

/// The rule that names what others found to be malicious.
const MALICIOUS: &str = "malicious";

/// What is not worth a finding by itself is below.
const LEAST: Severity = Severity::Medium;

/// Makes masked text of text that was taken out of masked text: what was in pieces, or in another
/// form, may be a secret now.
pub type Mask<'a> = &'a dyn Fn(String) -> Masked;

/// Judges by what is known now.
#[derive(Clone, Debug)]
pub struct Judge {
    knowledge: &'static Knowledge,
    intel: Arc<Intel>,
}

impl Judge {
    /// By what the program carries, and what the user brought in.
    pub fn new(intel: Arc<Intel>) -> Self {
        Self { knowledge: Knowledge::embedded(), intel }
    }

    /// How new the newest of it is.
    pub fn made(&self) -> Timestamp {
        let embedded = self.knowledge.made();
        self.intel.made().map_or(embedded, |made| made.max(embedded))
    }

    /// Adds what the tool calls of a batch install, and what is found in that.
    pub fn batch(&self, batch: &mut Batch<Masked>, findings: &mut Vec<Finding>, mask: Mask<'_>) {
        let mut all = Vec::new();
        for event in &batch.events {
            all.extend(self.event(event, mask));
        }
        findings.extend(all.iter().filter_map(finding));
        batch.installs.extend(all);
    }

    /// What an event installs: nothing when it is no tool call.
    fn event(&self, event: &Event<Masked>, mask: Mask<'_>) -> Vec<Installed> {
        match &event.kind {
            Kind::ToolCall(call) => self.call((event.id, call.name.as_str()), &call.input, mask),
            _ => Vec::new(),
        }
    }

    /// What the call `event` of `tool` with this input installs: by its command, or by what it
    /// writes into a manifest.
    pub fn call(
        &self,
        (event, tool): (EventId, &str),
        input: &Masked,
        mask: Mask<'_>,
    ) -> Vec<Installed> {
        if let Some(command) = command(input.as_str()) {
            return self.command(event, InstallWay::Command, &command, mask);
        }
        match written::added(tool, input) {
            Some(packages) => self.packages(event, InstallWay::Manifest, packages, mask),
            None => Vec::new(),
        }
    }

    /// What a command installs that `event` runs, or asks for.
    pub fn command(
        &self,
        event: EventId,
        way: InstallWay,
        command: &str,
        mask: Mask<'_>,
    ) -> Vec<Installed> {
        let packages = install::read(command).packages;
        self.packages(event, way, packages, mask)
    }

    /// Judges packages that `event` shows.
    pub fn packages(
        &self,
        event: EventId,
        way: InstallWay,
        packages: Vec<Package<String>>,
        mask: Mask<'_>,
    ) -> Vec<Installed> {
        let texts = |package: &Package<String>| {
            let texts = [&package.name, &package.version, &package.url];
            texts.into_iter().flatten().all(|text| text.len() <= LONGEST)
        };
        let judged = packages.into_iter().filter(texts).map(|package| {
            let verdict = self.knowledge.judge(&package, &self.intel);
            (package, verdict)
        });
        worst(judged.collect())
            .into_iter()
            .zip(0..)
            .map(|((package, verdict), place)| Installed {
                event,
                place,
                way,
                verdict,
                package: package.map(mask),
                judged_by: self.made(),
            })
            .collect()
    }

    fn judged(
        &self,
        (event, way, place): (EventId, InstallWay, u32),
        package: Package<String>,
        mask: Mask<'_>,
    ) -> Installed {
        Installed {
            event,
            place,
            way,
            verdict: self.knowledge.judge(&package, &self.intel),
            package: package.map(mask),
            judged_by: self.made(),
        }
    }

    /// What a folder's lock file, called `name`, would have installed that is listed as malicious: what
    /// was asked for is judged by itself, and of hundreds of others a name alone says too little.
    pub fn locked(
        &self,
        event: EventId,
        (name, text): (&str, &str),
        mask: Mask<'_>,
    ) -> Vec<Installed> {
        let is_malicious = |installed: &Installed| {
            installed.verdict.severity.is_some_and(|severity| severity >= Severity::High)
                && installed.verdict.reasons.iter().any(|reason| reason.rule == MALICIOUS)
        };
        let all = manifest::locked(name, text).into_iter().take(LOCKED);
        let all = all.map(|package| self.judged((event, InstallWay::Disk, 0), package, mask));
        number(all.filter(is_malicious).take(MOST))
    }

    /// What is thought now of a package that was judged by something older; none when it is the same.
    pub fn again(&self, installed: &Installed) -> Option<Installed> {
        if installed.judged_by >= self.made() {
            return None;
        }
        let package = installed.package.clone().map(Masked::into_string);
        let verdict = self.knowledge.judge(&package, &self.intel);
        (verdict != installed.verdict).then(|| Installed {
            verdict,
            judged_by: self.made(),
            ..installed.clone()
        })
    }
}

/// The worst of them where there are too many, in their order: nobody hides one behind many others.
fn worst(mut judged: Vec<(Package<String>, Assessment)>) -> Vec<(Package<String>, Assessment)> {
    if judged.len() > MOST {
        let mut severities: Vec<_> = judged.iter().map(|(_, verdict)| verdict.severity).collect();
        severities.sort_unstable_by(|a, b| b.cmp(a));
        let least = severities.get(MOST - 1).copied().flatten();
        let mut others = MOST - severities.iter().filter(|severity| **severity > least).count();
        judged.retain(|(_, verdict)| {
            let is_kept = verdict.severity > least || verdict.severity == least && others > 0;
            others -= usize::from(is_kept && verdict.severity == least);
            is_kept
        });
    }
    judged
}

/// What runs scripts, as managers are.
const INTERPRETERS: &[&str] =
    &["node", "nodejs", "bun", "python", "ruby", "php", "perl", "bash", "sh", "dash", "zsh"];

/// What a manager's script is called, and the manager.
const SCRIPTS: &[(&str, &str)] = &[
    ("npm-cli.js", "npm"),
    ("npx-cli.js", "npx"),
    ("yarn.js", "yarn"),
    ("pnpm.cjs", "pnpm"),
    ("pnpx.cjs", "pnpx"),
    ("corepack.js", "corepack"),
    ("composer.phar", "composer"),
];

/// Managers that are scripts themselves.
const SELVES: &[&str] = &[
    "npm", "npx", "yarn", "pnpm", "pnpx", "pip", "pipx", "poetry", "pdm", "hatch", "pipenv",
    "conda", "mamba", "gem", "bundle", "bundler", "composer", "corepack",
];

/// What a manager starts to build what it installs: no install that anybody asked for.
const HELPERS: &[&str] = &["__pip-runner__", "pip-build-env", "_in_process.py"];

/// A process's command line as whoever started it would have written it: the manager by its name
/// where an interpreter runs its script, one whole line where a program has given itself a title.
/// None of what a manager starts for itself.
pub fn of_process(argv: &str) -> Option<String> {
    if HELPERS.iter().any(|helper| argv.contains(helper)) {
        return None;
    }
    let title = argv.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    if let Some(title) = title.filter(|title| !title.contains('\'')) {
        return Some(title.trim().to_owned());
    }
    let (program, rest) = argv.split_once(' ').unwrap_or((argv, ""));
    let program = plain(program);
    if !INTERPRETERS.contains(&program) {
        return Some(argv.to_owned());
    }
    let (script, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let script = script.rsplit('/').next().unwrap_or(script);
    let manager = SCRIPTS
        .iter()
        .find_map(|(name, manager)| (*name == script).then_some(*manager))
        .or_else(|| SELVES.iter().copied().find(|name| *name == plain(script)));
    Some(manager.map_or_else(|| argv.to_owned(), |manager| format!("{manager} {rest}")))
}

/// A program's name without its folder and its version.
fn plain(program: &str) -> &str {
    let name = program.rsplit('/').next().unwrap_or(program);
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
}

/// A package whose manifest on the disk runs a script when it is installed: worth knowing, no more.
pub fn with_script(asked: &Installed) -> Installed {
    let mut verdict = Assessment::default();
    verdict.add(Severity::Low, Reason::of("install-script"));
    Installed { way: InstallWay::Disk, verdict, ..asked.clone() }
}

/// Numbers what a tool call did to the disk: behind what its command names.
pub fn number(all: impl IntoIterator<Item = Installed>) -> Vec<Installed> {
    all.into_iter().zip(ON_DISK..).map(|(one, place)| Installed { place, ..one }).collect()
}

/// What is found in a package that is thought badly of.
pub fn finding(installed: &Installed) -> Option<Finding> {
    let Assessment { severity, reasons } = &installed.verdict;
    let severity = severity.filter(|severity| *severity >= LEAST)?;
    let rule = installed.rule()?;
    let reasons: Vec<String> = reasons.iter().take(4).map(Reason::words).collect();
    let package = &installed.package;
    // Other versions of it may be fine.
    let version = match &package.version {
        Some(version) if rule == "package-malicious" => format!(" in version {}", version.as_str()),
        _ => String::new(),
    };
    let why = format!("the {} package{version} {}", package.ecosystem, reasons.join(", and "));
    Some(told(installed, rule, severity, why))
}

/// That something was installed which no tool call named.
pub fn unnamed(installed: &Installed) -> Finding {
    let why = format!(
        "a process of the agent's tree installed this {} package, and no tool call named it",
        installed.package.ecosystem
    );
    told(installed, Installed::UNNAMED.to_owned(), Severity::Medium, why)
}

fn told(installed: &Installed, rule: String, severity: Severity, why: String) -> Finding {
    let package = &installed.package;
    Finding {
        id: installed.finding_id(&rule),
        rule,
        group: Installed::GROUP.to_owned(),
        severity,
        confidence: match severity {
            Severity::Critical => Confidence::High,
            Severity::High => Confidence::Medium,
            _ => Confidence::Low,
        },
        event: installed.event,
        span: None,
        evidence: package.name.clone().or_else(|| package.url.clone()).unwrap_or_default(),
        why: Masked::from_scan(why),
        sealed: None,
    }
}

#[cfg(test)]
mod tests;
