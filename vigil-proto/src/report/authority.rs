//! What the status says of the local certificate authority, and what is said when another follows it.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The local certificate authority's part of the status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct AuthorityStatus {
    /// Whether certificates are signed with it now. Without, listed hosts are led blind.
    pub signs: bool,
    /// Why not, in words.
    pub why: Option<String>,
    /// The SHA-256 of its certificate.
    pub fingerprint: Option<String>,
    /// When it ends.
    pub ends: Option<Timestamp>,
    /// The names that it may sign for.
    pub hosts: Vec<String>,
    /// The hosts that are to be decrypted, and are not because it may not sign for them.
    pub missing: Vec<String>,
    /// Why another is to follow it, in words; none while there is no need.
    pub due: Option<String>,
    /// The one that will sign next.
    pub next: Option<NextAuthority>,
    /// The SHA-256 of those that signed before and are trusted still.
    pub former: Vec<String>,
    /// The command that mends it.
    pub command: Option<String>,
}

/// The one that will sign next: clients are told to trust it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct NextAuthority {
    /// The SHA-256 of its certificate.
    pub fingerprint: String,
    /// When it ends.
    pub ends: Timestamp,
    /// Since when clients are told to trust it.
    pub since: Timestamp,
    /// What it waits for before it signs, in words; none before that was looked at.
    pub waits: Option<Vec<String>>,
}

/// `vigil.ca_rotate/1`: what is done, or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// Nothing was changed.
    pub dry_run: bool,
    /// What happens, in this order.
    pub steps: Vec<String>,
    /// How it stands now.
    pub authority: AuthorityStatus,
}

/// `vigil.ca_trust/1`: whether the machine as a whole trusts the present one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineTrust {
    /// The SHA-256 of its certificate; none when there is none.
    pub fingerprint: Option<String>,
    /// The machine trusts it.
    pub trusted: bool,
    /// The root daemon had it trusted for this user.
    pub installed: bool,
    /// Why the daemon could not be asked, in words.
    pub daemon: Option<String>,
}

/// `vigil.ca_remove/1`: the authority and its key are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityRemoved {
    /// The SHA-256 of those that there were.
    pub fingerprints: Vec<String>,
}

impl AuthorityStatus {
    /// What a person must see of it.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(why) = self.why.as_ref().filter(|_| !self.signs) {
            warnings.push(format!(
                "nothing is decrypted, for the local certificate authority signs nothing: {why}. \
                 `vigil ca rotate` makes another"
            ));
        }
        match &self.next {
            Some(NextAuthority { waits: Some(waits), .. }) if !waits.is_empty() => {
                warnings.push(format!(
                    "the next certificate authority is made and does not sign yet. It waits for: {}. \
                     `vigil ca rotate --now` waits for no client",
                    waits.join("; ")
                ));
            }
            Some(_) => {}
            None => {
                if let Some(due) = self.due.as_ref().filter(|_| self.signs) {
                    warnings.push(format!(
                        "the local certificate authority is to be followed by another: {due}. \
                         `vigil ca rotate` does that"
                    ));
                }
            }
        }
        if !self.former.is_empty() {
            warnings.push(
                "a former certificate authority is still trusted by this machine; it goes once the \
                 root daemon can be asked"
                    .to_owned(),
            );
        }
        warnings
    }
}

#[cfg(test)]
mod tests;
