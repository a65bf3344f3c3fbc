//! Browsers that may start no program of the user's, such as those of Snap and Flatpak: each profile is
//! paired by a code, and tells what it tells by HTTP on loopback.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The file of all that are paired, in the folder of Vigil's state.
pub const FILE: &str = "paired.json";

/// How many profiles may be paired; one more ends the oldest.
pub const MOST: usize = 16;

/// Longest word for a profile, in bytes.
pub const LONGEST_PROFILE: usize = 64;

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paired {
    /// All of them, the oldest first.
    pub pairings: Vec<Pairing>,
}

/// A profile of a browser that was paired. Its token is not here, only what knows it again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pairing {
    /// By which it is known to both.
    pub id: String,
    /// The browser's word, as it was given for the code.
    pub browser: String,
    /// The extension's name for the profile.
    pub profile: String,
    /// The origin that it was paired from, and that all it tells must come from.
    pub origin: String,
    /// When that was.
    pub since: Timestamp,
    /// The hash of its token.
    pub hash: String,
    /// What the agent says to it, to be known again: whoever else listens on the port does not know it.
    pub word: String,
}

impl fmt::Debug for Pairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pairing").field("browser", &self.browser).finish_non_exhaustive()
    }
}

/// For which browser a code is asked, or pairings are ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Which {
    /// Its word.
    pub browser: String,
}

/// A code, as `vigil.pairing_code/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// What is typed or pasted into the extension's page: port and secret.
    pub code: String,
    /// How long it works.
    pub seconds: u64,
}

/// What the extension asks before it has, or shows, a token.
#[derive(Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Asked {
    /// To be paired.
    Pair {
        /// The code.
        code: String,
        /// Its name for the browser's profile.
        profile: String,
    },
    /// Who is there.
    Greet {
        /// The pairing's id.
        id: String,
    },
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pair { .. } => "Pair",
            Self::Greet { .. } => "Greet",
        })
    }
}

/// What the extension keeps, as `vigil.pairing/1`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Given {
    /// By which it is known.
    pub id: String,
    /// With which it tells.
    pub token: String,
    /// By which it knows the agent again.
    pub word: String,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A pairing as it is listed, in `vigil.pairings/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The browser's word.
    pub browser: String,
    /// The extension's name for the profile.
    pub profile: String,
    /// Where it tells from.
    pub origin: String,
    /// Since when.
    pub since: Timestamp,
}

impl From<Pairing> for Listed {
    fn from(Pairing { browser, profile, origin, since, .. }: Pairing) -> Self {
        Self { browser, profile, origin, since }
    }
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The oldest first.
    pub pairings: Vec<Listed>,
}

/// How many were ended, as `vigil.unpaired/1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// So many.
    pub ended: usize,
}

/// True for what the extension calls a profile.
pub fn is_profile(word: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !word.is_empty() && word.len() <= LONGEST_PROFILE && word.bytes().all(is_plain)
}

/// True for an origin that only Vigil's extension may have: Chromium's, which carries its id, and
/// Firefox's, which is another in each profile.
pub fn is_extension(origin: &str) -> bool {
    if let Some(id) = origin.strip_prefix("chrome-extension://") {
        return super::EXTENSIONS.contains(&id);
    }
    let is_uuid = |id: &str| {
        id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    origin.strip_prefix("moz-extension://").is_some_and(is_uuid)
}

#[cfg(test)]
mod tests {
    use super::{is_extension, is_profile};

    #[test]
    fn only_an_extensions_origin_is_one() {
        assert!(is_extension("chrome-extension://khmpilkhmlnhajjdofgnmahganakmlae"));
        assert!(is_extension("moz-extension://0a1b2c3d-0000-4000-8000-0123456789ab"));
        for other in [
            "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "chrome-extension://browser@vigil.dev/",
            "moz-extension://x",
            "https://claude.ai",
            "null",
            "",
        ] {
            assert!(!is_extension(other), "{other}");
        }
    }

    #[test]
    fn a_profile_is_a_plain_word() {
        assert!(is_profile("0123456789abcdef"));
        for odd in ["", "A", "a b", "../x", &"x".repeat(65)] {
            assert!(!is_profile(odd), "{odd}");
        }
    }
}
