//! What each client reads. Every row was tried with the real client; docs/CLIENTS.md says which
//! version and how.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use vigil_platform::routes::PROXY;

use super::{
    edit::{Entry, Form},
    telemetry::{Receiver, Telemetry},
};

/// A client that can be led through the proxy.
#[derive(Debug)]
pub(crate) struct Client {
    /// Its word everywhere in Vigil.
    pub(crate) word: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// The command that starts it.
    pub(crate) program: &'static str,
    /// Folder below the home that it keeps its files in.
    pub(crate) folder: &'static str,
    /// Variable that moves that folder.
    pub(crate) moved_by: Option<&'static str>,
    /// The settings file that can route it; `None`: only its variables can.
    pub(crate) file: Option<Settings>,
    /// The variables by which it is told whom to trust.
    pub(crate) trust: &'static [Trust],
    /// The host of its model, where it is always the same.
    pub(crate) host: Option<&'static str>,
    /// How it is told where its telemetry goes.
    pub(crate) telemetry: Telemetry,
}

/// A settings file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Its name within the client's folder.
    pub(crate) name: &'static str,
    /// How it is written.
    pub(crate) form: Form,
}

/// A variable with a list of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Beside the client's own list: our certificate alone.
    Beside(&'static str),
    /// In place of its own list: the system's certificates and ours.
    Instead(&'static str),
}

const NODE: &[Trust] = &[Trust::Beside("NODE_EXTRA_CA_CERTS")];
const REPLACED: &[Trust] = &[Trust::Instead("SSL_CERT_FILE")];

/// All of them, in the order of the table.
pub(crate) const CLIENTS: &[Client] = &[
    Client {
        word: "claude-code",
        title: "Claude Code",
        program: "claude",
        folder: ".claude",
        moved_by: Some("CLAUDE_CONFIG_DIR"),
        file: Some(Settings { name: "settings.json", form: Form::Json }),
        trust: NODE,
        host: Some("api.anthropic.com"),
        telemetry: Telemetry::Variables,
    },
    Client {
        word: "codex",
        title: "Codex",
        program: "codex",
        folder: ".codex",
        moved_by: Some("CODEX_HOME"),
        // It takes no variable that begins with CODEX_ from this file.
        file: Some(Settings { name: ".env", form: Form::DotEnv }),
        trust: REPLACED,
        host: Some("api.openai.com"),
        telemetry: Telemetry::File(&CODEX_TELEMETRY),
    },
    Client {
        word: "qwen-code",
        title: "Qwen Code",
        program: "qwen",
        folder: ".qwen",
        moved_by: None,
        file: Some(Settings { name: ".env", form: Form::DotEnv }),
        trust: NODE,
        host: None,
        telemetry: Telemetry::None,
    },
    Client {
        word: "aider",
        title: "aider",
        program: "aider",
        folder: "",
        moved_by: None,
        file: Some(Settings { name: ".aider.conf.yml", form: Form::AiderYaml }),
        trust: REPLACED,
        host: None,
        telemetry: Telemetry::None,
    },
    Client {
        word: "gemini-cli",
        title: "Gemini CLI",
        program: "gemini",
        folder: ".gemini",
        moved_by: None,
        // Its .env is read when Node has long read its certificates.
        file: None,
        trust: NODE,
        host: Some("generativelanguage.googleapis.com"),
        telemetry: Telemetry::None,
    },
    Client {
        word: "opencode",
        title: "opencode",
        program: "opencode",
        folder: ".config/opencode",
        moved_by: None,
        file: None,
        trust: NODE,
        host: None,
        telemetry: Telemetry::None,
    },
    Client {
        word: "copilot-cli",
        title: "Copilot CLI",
        program: "copilot",
        folder: ".copilot",
        moved_by: Some("COPILOT_HOME"),
        // Its settings know a proxy, and no certificate.
        file: None,
        trust: NODE,
        host: None,
        telemetry: Telemetry::None,
    },
    Client {
        word: "pi",
        title: "pi",
        program: "pi",
        folder: ".pi",
        moved_by: None,
        file: None,
        trust: NODE,
        host: None,
        telemetry: Telemetry::None,
    },
];

/// Codex is told in a file that takes no variables.
pub(crate) static CODEX_TELEMETRY: Client = Client {
    word: "codex-telemetry",
    title: "Codex",
    program: "codex",
    folder: ".codex",
    moved_by: Some("CODEX_HOME"),
    file: Some(Settings { name: "config.toml", form: Form::CodexToml }),
    trust: &[],
    host: None,
    telemetry: Telemetry::Only,
};

/// Where the proxy is and which certificates make it trusted; and where telemetry goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// False: only telemetry is led anywhere.
    pub(crate) leads: bool,
    /// Where telemetry is to go; none when nothing is wanted of it.
    pub(crate) telemetry: Option<Receiver>,
    /// `http://127.0.0.1:9080`.
    pub(crate) proxy: String,
    /// Our certificate.
    pub(crate) ca: PathBuf,
    /// The system's certificates and ours.
    pub(crate) bundle: PathBuf,
}

/// What a settings file says of a client's telemetry when that is led to Vigil.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) path: PathBuf,
    pub(crate) form: Form,
    pub(crate) entries: Vec<Entry>,
}

/// Answers what a variable holds.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

impl Client {
    /// The client of that word, or of that command.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        CLIENTS.iter().find(|client| client.word == name || client.program == name)
    }

    /// The variables that lead it through the proxy, and what else its settings are to say.
    pub(crate) fn entries(&self, way: &Way) -> Vec<Entry> {
        let receiver = way.telemetry.as_ref();
        let mut all = match self.telemetry {
            Telemetry::Only => return receiver.map(Receiver::table).unwrap_or_default(),
            _ if way.leads => entries(self.trust, way),
            _ => Vec::new(),
        };
        if let Telemetry::Variables = self.telemetry {
            all.extend(receiver.map(Receiver::variables).unwrap_or_default());
        }
        all
    }

    /// The row of the file that tells it where its telemetry goes, where that is one of its own.
    pub(crate) fn teller(&self) -> Option<&'static Self> {
        match self.telemetry {
            Telemetry::File(row) => Some(row),
            _ => None,
        }
    }

    /// True of such a row itself.
    pub(crate) fn is_teller(&self) -> bool {
        matches!(self.telemetry, Telemetry::Only)
    }

    /// The client's word for people: such a row has one of its own, which is for the journal alone.
    pub(crate) fn shown(&self) -> &'static str {
        Self::named(self.program).map_or(self.word, |client| client.word)
    }

    /// The file that says where its telemetry goes, and what it says there.
    pub(crate) fn telemetry(&self, home: &Path, lookup: Lookup<'_>, to: &Receiver) -> Option<Told> {
        let (row, entries) = match self.telemetry {
            Telemetry::Variables => (self, to.variables()),
            Telemetry::File(row) => (row, to.table()),
            Telemetry::None | Telemetry::Only => return None,
        };
        let (path, form) = row.settings(home, lookup)?;
        Some(Told { path, form, entries })
    }

    /// True when its telemetry is understood.
    pub(crate) fn tells(&self) -> bool {
        !matches!(self.telemetry, Telemetry::None)
    }

    /// The lists of certificates that it would be given.
    pub(crate) fn lists<'a>(&self, way: &'a Way) -> Vec<&'a Path> {
        self.trust.iter().map(|trust| trust.list(way)).collect()
    }

    /// Its folder.
    pub(crate) fn folder(&self, home: &Path, lookup: Lookup<'_>) -> PathBuf {
        let moved = self.moved_by.and_then(lookup).filter(|value| !value.is_empty());
        moved.map_or_else(|| home.join(self.folder), PathBuf::from)
    }

    /// Its settings file, where it has one that can route it.
    pub(crate) fn settings(&self, home: &Path, lookup: Lookup<'_>) -> Option<(PathBuf, Form)> {
        self.file.map(|file| (self.folder(home, lookup).join(file.name), file.form))
    }

    /// Its program on the path of the environment.
    pub(crate) fn program(&self, lookup: Lookup<'_>) -> Option<PathBuf> {
        let path = lookup("PATH")?;
        std::env::split_paths(&path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(self.program))
            .find(|file| file.is_file())
    }

    /// True when there is a sign of it: its program, or its folder.
    pub(crate) fn is_installed(&self, home: &Path, lookup: Lookup<'_>) -> bool {
        let folder = self.folder(home, lookup);
        self.program(lookup).is_some() || (folder != home.join("") && folder.is_dir())
    }
}

impl Trust {
    fn list(self, way: &Way) -> &Path {
        match self {
            Self::Beside(_) => &way.ca,
            Self::Instead(_) => &way.bundle,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Beside(name) | Self::Instead(name) => name,
        }
    }
}

/// The variables that lead any client through the proxy.
pub(crate) fn all_entries(way: &Way) -> Vec<Entry> {
    let every = [
        Trust::Beside("NODE_EXTRA_CA_CERTS"),
        Trust::Instead("SSL_CERT_FILE"),
        Trust::Instead("CODEX_CA_CERTIFICATE"),
    ];
    entries(&every, way)
}

fn entries(trust: &[Trust], way: &Way) -> Vec<Entry> {
    let lists =
        trust.iter().map(|trust| Entry::new(trust.name(), &trust.list(way).display().to_string()));
    std::iter::once(Entry::new(PROXY, &way.proxy)).chain(lists).collect()
}
