//! What the status says of the system's proxy settings. The log has it too; this is what stands in it
//! last.

use std::sync::{Arc, Mutex, PoisonError};

/// How it stands now. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Told(Arc<Mutex<Standing>>);

/// How it stands with the system's proxy settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nobody wants anything of them.
    #[default]
    Unwanted,
    /// They are to lead to the proxy, and do not yet.
    Beginning,
    /// They lead to the proxy.
    On,
    /// They are as the user has them, though they were to lead to the proxy; and why.
    Off(String),
    /// They could not be put back; and why.
    Left(String),
}

impl Told {
    /// How it stands.
    pub fn standing(&self) -> Standing {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn tell(&self, standing: Standing) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }
}

impl Standing {
    /// In a few words; nothing where there is nothing to say.
    pub fn words(&self) -> Option<String> {
        match self {
            Self::Unwanted => None,
            Self::Beginning => Some("being set".to_owned()),
            Self::On => Some("leads here".to_owned()),
            Self::Off(why) => Some(format!("off: {}", without_remedy(why))),
            Self::Left(why) => Some(format!("not put back: {}", without_remedy(why))),
        }
    }

    /// What a person must see, with what to do about it.
    pub fn warning(&self) -> Option<String> {
        let (what, why, otherwise) = match self {
            Self::Unwanted | Self::Beginning | Self::On => return None,
            Self::Off(why) => (
                "the desktop's programs are not led to the proxy, though proxy.system asks for it",
                why,
                "`vigil logs` says more; `proxy.system = \"off\"` and a new start end the trying",
            ),
            Self::Left(why) => (
                "the system's proxy settings were not put back",
                why,
                "look at them in the desktop's network settings; the next start tries again",
            ),
        };
        let remedy = if why.contains("; ") { String::new() } else { format!("; {otherwise}") };
        Some(format!("{what}: {why}{remedy}"))
    }
}

/// The messages say what to do after a semicolon.
fn without_remedy(why: &str) -> &str {
    why.split_once("; ").map_or(why, |(what, _)| what)
}

#[cfg(test)]
mod tests {
    use super::Standing;

    #[test]
    fn what_goes_well_is_no_warning() {
        for standing in [Standing::Unwanted, Standing::Beginning, Standing::On] {
            assert_eq!(standing.warning(), None);
        }
        assert_eq!(Standing::Unwanted.words(), None);
    }

    #[test]
    fn a_failure_is_told_with_one_remedy() {
        let own = Standing::Off("GNOME has a proxy already; take it away first".to_owned());
        let other = Standing::Left("GNOME: cannot set mode".to_owned());

        assert_eq!(own.words().unwrap(), "off: GNOME has a proxy already");
        let (own, other) = (own.warning().unwrap(), other.warning().unwrap());
        assert!(own.ends_with("GNOME has a proxy already; take it away first"), "{own}");
        assert!(other.contains("cannot set mode; look at them in"), "{other}");
    }
}
