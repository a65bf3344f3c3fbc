//! What the browser extension tells of conversations on AI web sites. All of it comes from a web page:
//! it is a claim, bounded here, and never more than words of its own site.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{SessionId, Timestamp, finding::words};

pub mod paired;

/// The sites, each with the client's word and the host that its pages come from.
pub const SITES: &[(&str, &str)] = &[
    ("claude-web", "claude.ai"),
    ("chatgpt-web", "chatgpt.com"),
    ("gemini-web", "gemini.google.com"),
    ("perplexity-web", "perplexity.ai"),
    ("copilot-web", "copilot.microsoft.com"),
    ("deepseek-web", "chat.deepseek.com"),
];

/// The client's word for the site `host`.
pub fn client(host: &str) -> Option<&'static str> {
    SITES.iter().find(|(_, known)| *known == host).map(|(word, _)| *word)
}

/// True of the client's word of a site.
pub fn is_site(client: &str) -> bool {
    SITES.iter().any(|(word, _)| *word == client)
}

/// The extension's ids: Chromium's, which follows from the manifest's key, and Firefox's, which the
/// manifest names.
pub const EXTENSIONS: &[&str] = &["khmpilkhmlnhajjdofgnmahganakmlae", "browser@vigil.dev"];

/// The name under which browsers know Vigil's native host.
pub const HOST: &str = "dev.vigil.browser";

/// What one frame of the extension may hold, in bytes.
pub const MOST: usize = 4 * 1024 * 1024;

/// What the native host may make of a frame on its way to the agent: it writes out what was left out.
pub const MOST_ON: usize = MOST + 256 * 1024;

/// Longest id of a conversation or a message, in bytes. A longer one is refused.
pub const LONGEST_ID: usize = 800;

words! {
    /// Who said it.
    Role {
        /// The person at the browser.
        User = "user",
        /// The site's model.
        Assistant = "assistant",
    }
}

words! {
    /// By which way the extension saw it.
    #[derive(Default)]
    Seen {
        /// In what page and site say to each other.
        #[default]
        Network = "network",
        /// On the page, since the network said nothing that was understood.
        Page = "page",
    }
}

words! {
    /// How an answer ended.
    #[derive(Default)]
    Ended {
        /// As the site ends one.
        #[default]
        Done = "done",
        /// By the person, or with the page.
        Stopped = "stopped",
    }
}

/// A tool that the site's model used.
#[derive(Clone, Deserialize, Serialize)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its input, as far as the page was told.
    #[serde(default)]
    pub input: Option<String>,
}

/// One thing that was said. Clear text: it is never written down as it is.
#[derive(Clone, Deserialize, Serialize)]
pub struct Turn {
    /// The site's id of the conversation.
    pub conversation: String,
    /// The site's id of the message.
    pub id: String,
    /// The message that it answers.
    #[serde(default)]
    pub parent: Option<String>,
    /// Who said it.
    pub role: Role,
    /// What.
    pub text: String,
    /// What the model thought first, where the site shows it.
    #[serde(default)]
    pub thinking: Option<String>,
    /// The model, as the site names it.
    #[serde(default)]
    pub model: Option<String>,
    /// How it ended.
    #[serde(default)]
    pub status: Ended,
    /// `new`, `edit` or `regenerate`.
    #[serde(default)]
    pub how: Option<String>,
    /// Names of files that went with it.
    #[serde(default)]
    pub attachments: Vec<String>,
    /// Tools that were used.
    #[serde(default)]
    pub tools: Vec<Tool>,
    /// Addresses that the answer names as its sources.
    #[serde(default)]
    pub citations: Vec<String>,
}

/// How well a site is read, by the extension's counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Health {
    /// `idle`, `ok`, `drift` or `stale`.
    pub state: String,
    /// What changed, when it drifts: `network` or `page`.
    pub drift: String,
    /// True when the tap was there before the page's first script.
    pub patched: bool,
    /// Exchanges at the site's endpoints.
    pub matched: u64,
    /// Exchanges that held something that was said.
    pub parsed: u64,
    /// Records that were not understood.
    pub unknown: u64,
    /// Turns that the page showed as the network had them.
    pub agreed: u64,
    /// Turns that it did not show so.
    pub differed: u64,
    /// Turns that were read from the page alone.
    pub by_page: u64,
    /// What was left out, for its size or its number.
    pub dropped: u64,
    /// Copies that the page's side gave up before anybody looked at them.
    pub unseen: u64,
    /// Answers that were read to a limit and no further.
    pub too_large: u64,
    /// Errors of the extension's own.
    pub failed: u64,
    /// Conversations that the site does not keep, and that were left alone.
    pub temporary: u64,
}

/// How well a site is read, and since when that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct SiteHealth {
    /// The site's host.
    pub site: String,
    /// When it was told.
    pub at: Timestamp,
    /// The counts.
    #[serde(flatten)]
    pub health: Health,
}

/// What the extension says.
#[derive(Clone, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Said {
    /// That it is there.
    Hello {
        /// Its version.
        version: String,
    },
    /// Something that was said.
    Turn {
        /// Its number, by which it is told that it is kept.
        n: u64,
        /// The site's host.
        site: String,
        /// A name for this browser's profile, made up by the extension.
        #[serde(default)]
        profile: String,
        /// By which way.
        #[serde(default)]
        by: Seen,
        /// When, in milliseconds since 1970.
        at: i64,
        /// What.
        turn: Box<Turn>,
    },
    /// How well a site is read.
    Health {
        /// The site's host.
        site: String,
        /// The counts.
        health: Health,
    },
    /// Text that was pasted into a page and not sent yet.
    Paste {
        /// The site's host.
        site: String,
        /// The text.
        text: String,
        /// True on the page of a conversation that the site does not keep: it is looked through, and
        /// kept nowhere.
        #[serde(default)]
        temporary: bool,
    },
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").finish_non_exhaustive()
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("role", &self.role).finish_non_exhaustive()
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hello { .. } => "Hello",
            Self::Turn { .. } => "Turn",
            Self::Health { .. } => "Health",
            Self::Paste { .. } => "Paste",
        })
    }
}

/// What it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Answer {
    /// Vigil is there.
    Hello {
        /// The dashboard's address.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        dashboard: Option<String>,
    },
    /// It is on record.
    Taken {
        /// Its number.
        n: u64,
        /// The session that it is part of; none when its site is left out.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        session: Option<SessionId>,
    },
    /// It will not be taken, now or later.
    Refused {
        /// Its number.
        n: u64,
        /// Why.
        why: String,
    },
    /// What a pasted text holds.
    Paste {
        /// The site's host.
        site: String,
        /// How many secrets.
        findings: usize,
        /// Of which types, each once.
        types: Vec<String>,
    },
    /// It was heard.
    Heard {},
}

/// The last word on each site.
pub type Healths = BTreeMap<String, SiteHealth>;
