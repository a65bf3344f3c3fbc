//! The command line's grammar. Nothing here does anything.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
};

use clap::{
    ArgGroup, Args as ClapArgs, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser,
};
use vigil_proto::{KindName, Severity, Triage, report::UsageBy};

mod command;
mod doctor;
mod guard;
mod installs;
mod intel;
mod package;
mod route;
mod service;
mod setup;

pub(crate) use self::{
    command::CheckInstall,
    doctor::Doctor,
    guard::{Guard, GuardAction, Hook},
    installs::Installs,
    intel::{Intel, IntelAction},
    package::{CheckFormat, CheckPackage},
    route::{Route, RouteAction},
    service::{Service, ServiceAction, ServiceInstall, ServiceLogs},
    setup::{Enroll, Setup, SetupPlatform, StepName, Uninstall},
};

const EXIT_CODES: &str = "\
Exit codes: 0 ok; 1 failed, not intact, or findings with --exit-code; 2 wrong usage; 3 the agent is not
running; 4 not permitted; 64 bad configuration.";

/// Records what the AI coding agents on this machine do, and says how much it can see.
#[derive(Debug, Parser)]
#[command(name = "vigil", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, ClapArgs)]
pub(crate) struct Global {
    /// Answer with one JSON document
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to use colour; `NO_COLOR` is honoured
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorWhen,
}

// Without doc comments on the values, which would make every command's help much longer.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ColorWhen {
    #[default]
    Auto,
    Always,
    Never,
}

impl ColorWhen {
    pub(crate) fn choice(self) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set Vigil up, step by step: certificate, trust, routes, browsers, dashboard
    Setup(Setup),
    /// Take everything that Vigil changed on this machine back; the record stays, unless you say so
    Uninstall(Uninstall),
    /// Have the service manager start the agent when you log in, and hold its ports; alone: how it stands
    Service(Service),
    /// Send a synthetic event along every way of capture, and say what is wrong and what mends it
    Doctor(Doctor),
    /// Let a user ask the root daemon for changes, as root; alone: who may
    Enroll(Enroll),
    /// Record in the foreground: sources, proxy and local API
    Up(Up),
    /// Stop the running agent, and lead clients past its proxy again
    Down(Down),
    /// Open the dashboard in your browser
    Open(Open),
    /// What is recorded, how well, and what to do about it
    Status,
    /// Read what the agents have written
    Ingest(Ingest),
    /// The recorded sessions, newest first
    Sessions(Sessions),
    /// Write a session that its client has deleted back, so that the client can resume it
    Restore(Restore),
    /// Delete sessions from the record for good; that it was done is recorded
    Forget(Forget),
    /// The sealed values of found secrets: off until you switch it on; alone: how it stands
    Vault(Vault),
    /// Show the clear value of a finding, if the vault has it; that is recorded, and a finding
    Reveal(Reveal),
    /// Delete sealed values before their time, one or all
    Purge(Purge),
    /// Mask what is stored again by the rules of now; done by itself with a newer Vigil
    MaskAgain(MaskAgain),
    /// Tokens and cost
    Usage(Usage),
    /// Everything that happened, by its time, the earliest first
    Events(Events),
    /// What the detectors found, worst first
    Findings(Findings),
    /// What is thought of packages by their names, before anybody installs them
    CheckPackage(CheckPackage),
    /// What a command would install, and what is thought of it; runs nothing
    CheckInstall(CheckInstall),
    /// Which agent installed what, when, and what is thought of it
    Installs(Installs),
    /// Lists of malicious packages, hosts and addresses; alone: how they stand
    Intel(Intel),
    /// Find words in what was said and done
    Search(Search),
    /// Why a finding is one: rule, evidence, chain of events
    Why(Why),
    /// What findings are not to be told of, why and until when
    #[command(subcommand)]
    Suppress(Suppress),
    /// Tokens that you plant, to be told when somebody reads them
    #[command(subcommand)]
    Canary(Canary),
    /// What changed rules would find in what is recorded; switches nothing on
    Rehearse(Rehearse),
    /// Look for credentials in files, changes or on stdin; stores nothing
    Scan(Scan),
    /// Whether the record is still the one that was written, row by row
    Verify(Verify),
    /// What the agent says about itself
    Logs(Logs),
    /// Lead clients' API traffic through the proxy; alone: how each is led
    Route(Route),
    /// Have clients ask Vigil before they run a command; alone: how each is guarded
    Guard(Guard),
    /// What a client asks before it runs a command: JSON on stdin; clients begin it, not you
    Hook(Hook),
    /// The certificate authority that listed hosts are decrypted with; alone: how it stands
    Ca(Ca),
    /// Stop recording until `vigil resume`; the pause is recorded
    Pause,
    /// Record again
    Resume,
    /// The configuration file
    #[command(subcommand)]
    Config(Config),
    /// A completion script for your shell
    Completions(Completions),
    /// Write the pages of the manual, for packages
    #[command(hide = true)]
    Man(Man),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Up {
    /// Port of the dashboard and local API; 0 picks a free one
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Port of the proxy; 0 picks a free one
    #[arg(long)]
    pub(crate) proxy_port: Option<u16>,
    /// Port for the clients' own telemetry; 0 picks a free one
    #[arg(long)]
    pub(crate) telemetry_port: Option<u16>,
    /// Run without the proxy
    #[arg(long)]
    pub(crate) no_proxy: bool,
    /// Print one line of JSON once everything listens
    #[arg(long)]
    pub(crate) ready_json: bool,
    /// Redirect upstreams for tests; loopback targets only
    #[arg(long, value_name = "FILE")]
    pub(crate) test_upstreams: Option<PathBuf>,
    /// Use a daemon for tests, which runs as this user
    #[arg(long, value_name = "SOCKET", hide = true)]
    pub(crate) test_daemon: Option<PathBuf>,
    /// Take for agents only what this process has begun, for tests
    #[arg(long, value_name = "PID", hide = true)]
    pub(crate) test_agents_of: Option<u32>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Down {
    /// Leave clients led to the proxy: their calls fail until `vigil up`
    #[arg(long)]
    pub(crate) keep_routes: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Open {
    /// Print the link instead; it works once, within two minutes
    #[arg(long)]
    pub(crate) print: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ingest {
    /// Read every transcript to its end, then exit
    #[arg(long, required = true)]
    pub(crate) once: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Sessions {
    /// At most so many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroUsize>,
    /// Only those of this client, such as claude-code
    #[arg(long)]
    pub(crate) client: Option<String>,
    /// Only those whose files their client has deleted
    #[arg(long)]
    pub(crate) deleted: bool,
    /// Only those in this folder and below, or in a folder of this name
    #[arg(long, value_name = "FOLDER")]
    pub(crate) project: Option<String>,
    /// Only those active since then: a time (without a zone: yours), a day, or 2h, 7d, ...
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Restore {
    /// The session; a beginning of its id is enough
    #[arg(value_name = "SESSION", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) session: String,
}

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("what").required(true).args(["session", "project"])))]
pub(crate) struct Forget {
    /// The session; a beginning of its id is enough
    #[arg(value_name = "SESSION", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) session: Option<String>,
    /// Every session that ran in this folder or below, or in a folder of this name
    #[arg(long, value_name = "FOLDER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) project: Option<String>,
    /// Only show what would be forgotten
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Delete without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Vault {
    #[command(subcommand)]
    pub(crate) action: Option<VaultAction>,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum VaultAction {
    /// Keep the values of what is found from now on, sealed to a key in your keychain or keyring
    On,
    /// Keep none, and destroy what is kept
    Off {
        /// Without asking
        #[arg(long, short)]
        yes: bool,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Reveal {
    /// The finding; a beginning of its id is enough
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
}

#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("which").required(true).args(["id", "all"])))]
pub(crate) struct Purge {
    /// The finding; a beginning of its id is enough
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: Option<String>,
    /// Every value, and the keys of all days
    #[arg(long)]
    pub(crate) all: bool,
    /// Delete without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Usage {
    /// What one row stands for
    #[arg(long, value_enum, default_value_t = By::Day)]
    pub(crate) by: By,
    /// Only calls since then: a time (without a zone: yours), a day, or 2h, 7d, ...
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only calls until then; a day is meant to its end
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
    /// Only calls of this client, such as claude-code
    #[arg(long)]
    pub(crate) client: Option<String>,
    /// Only calls in this folder and below, or in a folder of this name
    #[arg(long, value_name = "FOLDER")]
    pub(crate) project: Option<String>,
}

/// What a row of `vigil usage` stands for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum By {
    Session,
    Day,
    Model,
    Client,
    Project,
    Week,
    Month,
}

impl From<By> for UsageBy {
    fn from(by: By) -> Self {
        match by {
            By::Session => Self::Session,
            By::Day => Self::Day,
            By::Model => Self::Model,
            By::Client => Self::Client,
            By::Project => Self::Project,
            By::Week => Self::Week,
            By::Month => Self::Month,
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Events {
    /// One JSON record a line
    #[arg(long, conflicts_with = "json")]
    pub(crate) jsonl: bool,
    /// Only this session; a beginning of its id is enough
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Only this kind, such as `prompt` or `tool_call`
    #[arg(long)]
    pub(crate) kind: Option<KindName>,
    /// Only what happened since: a time (without a zone: yours), a day, or 2h, 7d, ...
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// At most so many, the earliest first
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<NonZeroU64>,
    /// With the masked texts
    #[arg(long)]
    pub(crate) text: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Findings {
    /// Only this severity and worse
    #[arg(long)]
    pub(crate) severity: Option<Severity>,
    /// Only this session; a beginning of its id is enough
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Only this state: `open`, `acknowledged`, `resolved`, `false_positive` or `suppressed`
    #[arg(long)]
    pub(crate) state: Option<Triage>,
    /// Exit with 1 when anything is listed
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Search {
    /// Words that must all occur; `foo*` for a beginning, "..." for a phrase
    #[arg(required = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) query: Vec<String>,
    /// At most so many hits
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) limit: NonZeroUsize,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Why {
    /// The finding's id; a beginning is enough
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Suppress {
    /// Suppress one finding, or what a rule finds in some files or in a project
    Add(SuppressAdd),
    /// Those in force
    List,
    /// Take one back: what it covers is again what it was before
    Remove {
        /// Its number, as `vigil suppress list` shows it
        number: i64,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SuppressAdd {
    /// The finding's id; a beginning is enough
    #[arg(value_parser = NonEmptyStringValueParser::new(), required_unless_present = "rule", conflicts_with = "rule")]
    pub(crate) id: Option<String>,
    /// What this rule finds; with --path or --project
    #[arg(long, requires = "place")]
    pub(crate) rule: Option<String>,
    /// First in files like this: `*.env`, `tests/**`, `/code/shop/fixtures/*`
    #[arg(long, value_name = "GLOB", group = "place", requires = "rule")]
    pub(crate) path: Option<String>,
    /// First in this folder or below
    #[arg(long, value_name = "FOLDER", group = "place", requires = "rule")]
    pub(crate) project: Option<String>,
    /// Why
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) reason: String,
    /// For how long (`30d`, `2w`), or until when
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct MaskAgain {
    /// By rules of yours that are new, too; what they mask cannot be had back
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Rehearse {
    /// A file like the configuration, with `[detect.rules.NAME]` and `[[detect.allow]]`
    #[arg(value_name = "FILE")]
    pub(crate) rules: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Scan {
    /// Files and folders; `-` is stdin
    #[arg(
        value_name = "PATH",
        required_unless_present_any = ["jsonl_in", "staged", "git_diff"]
    )]
    pub(crate) paths: Vec<PathBuf>,
    /// Only the lines that are about to be committed
    #[arg(long, conflicts_with_all = ["jsonl_in", "git_diff"])]
    pub(crate) staged: bool,
    /// Only the lines that changed since a commit, or that a range `A...B` adds
    #[arg(
        long,
        value_name = "RANGE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "HEAD",
        conflicts_with = "jsonl_in"
    )]
    pub(crate) git_diff: Option<String>,
    /// Also what the repository ignores, and its .git
    #[arg(long)]
    pub(crate) no_ignore: bool,
    /// How to print what was found
    #[arg(long, value_enum, conflicts_with = "json")]
    pub(crate) format: Option<ScanFormat>,
    /// Read {"id","text"} records from a file instead; `-` is stdin
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    pub(crate) jsonl_in: Option<PathBuf>,
    /// Exit with 1 when anything was found
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Also the examples that vendors print in their documentation
    #[arg(long)]
    pub(crate) all: bool,
    /// Leave out what this file knows
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write what was found to this file, by fingerprints alone
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Leave out what this file knows, print the rest, and have the file know it from now on
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "write_baseline"])]
    pub(crate) update_baseline: Option<PathBuf>,
}

/// How `vigil scan` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanFormat {
    /// For people: place, severity, type, masked value
    Text,
    /// One document
    Json,
    /// One record a line
    Jsonl,
    /// SARIF 2.1.0, for code hosts
    Sarif,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Verify {
    /// Heads of the chain that were noted elsewhere, a line each: number and head; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) anchor: Option<PathBuf>,
    /// The store in this folder instead of your own
    #[arg(long, value_name = "FOLDER")]
    pub(crate) db: Option<PathBuf>,
    /// Ask a daemon for tests, which runs as this user
    #[arg(long, value_name = "SOCKET", hide = true)]
    pub(crate) test_daemon: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ca {
    #[command(subcommand)]
    pub(crate) action: Option<CaAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaAction {
    /// Have another one follow it: trusted first, then signing; then the former one goes
    Rotate {
        /// Wait for no client that has read only the present one; it may have to be started anew
        #[arg(long)]
        now: bool,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Logs {
    /// Go on with new lines as they are written
    #[arg(long, short, conflicts_with = "json")]
    pub(crate) follow: bool,
    /// How many of the last lines
    #[arg(long, short = 'n', value_name = "N", default_value_t = 50)]
    pub(crate) lines: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Canary {
    /// Make a token and show it once, or take one of yours
    Add {
        /// What to call it: small letters, digits, `_` and `-`
        name: String,
        /// Read the token from standard input: 16 to 128 letters, digits, `_` and `-`
        #[arg(long)]
        stdin: bool,
    },
    /// Their names
    List,
    /// Take one back
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Write the file with every key and its default
    Init {
        /// Replace a file that is there
        #[arg(long)]
        force: bool,
    },
    /// The values in force
    Show {
        /// Say where each value comes from
        #[arg(long)]
        origin: bool,
    },
    /// Say what is wrong with file and variables, if anything
    Check,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Man {
    /// The folder to write them into
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}
