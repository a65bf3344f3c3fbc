//! Linux: settings belong to the user. GNOME's by its own program; variables by a file that systemd
//! reads when it begins the user's sessions.

#[path = "linux/environment.rs"]
mod environment;
#[path = "linux/gnome.rs"]
mod gnome;

use std::{fs::File, path::Path, sync::Arc};

use self::{environment::Environment, gnome::Gnome};
use super::{
    Lookup, Way,
    backup::{Kind, Place},
};

/// Every setting that is ever changed.
pub(super) const KEYS: &[(Kind, &str)] = &[
    (Kind::Gnome, gnome::MODE),
    (Kind::Gnome, gnome::URL),
    (Kind::Gnome, gnome::HTTP_HOST),
    (Kind::Gnome, gnome::HTTP_PORT),
    (Kind::Gnome, gnome::HTTPS_HOST),
    (Kind::Gnome, gnome::HTTPS_PORT),
    (Kind::Environment, environment::FILE),
];

/// The setting that says whether an address is used.
pub(super) fn switch_of(key: &str) -> Option<&'static str> {
    gnome::ADDRESSES.contains(&key).then_some(gnome::MODE)
}

#[derive(Debug)]
pub(super) struct Places {
    gnome: Option<Gnome>,
    environment: Option<Environment>,
}

impl Places {
    pub(super) fn detect(home: &Path, env: &Lookup<'_>, held: Option<Arc<File>>) -> Self {
        Self { gnome: Gnome::detect(env, held), environment: Environment::detect(home, env) }
    }

    /// The folder that may have to be made for a setting.
    #[cfg(feature = "user")]
    pub(super) fn folder(&self) -> Option<&Path> {
        self.environment.as_ref()?.folder()
    }

    pub(super) fn all(&self) -> Vec<Box<dyn Place>> {
        [Way::Gnome, Way::Environment].iter().filter_map(|way| self.at(way)).collect()
    }

    pub(super) fn at(&self, way: &Way) -> Option<Box<dyn Place>> {
        match way {
            Way::Gnome => Some(Box::new(self.gnome.clone()?)),
            Way::Environment => Some(Box::new(self.environment.clone()?)),
            Way::Service(_) => None,
        }
    }
}
