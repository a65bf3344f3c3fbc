//! What the user wants left out. Sources ask before they parse anything.

use std::path::{Path, PathBuf};

use vigil_proto::config;

/// The `[exclude]` section, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Exclusions {
    projects: Vec<PathBuf>,
    hosts: Vec<String>,
    clients: Vec<String>,
}

impl Exclusions {
    /// From the configuration; `~/` means `home`.
    pub fn new(exclude: &config::Exclude, home: &Path) -> Self {
        let projects = exclude
            .projects
            .iter()
            .map(|path| match path.strip_prefix("~/") {
                Some(rest) => home.join(rest),
                None => PathBuf::from(path),
            })
            .collect();
        Self { projects, hosts: exclude.hosts.clone(), clients: exclude.clients.clone() }
    }

    /// True when work in `cwd` must not be recorded.
    pub fn project(&self, cwd: &str) -> bool {
        self.projects.iter().any(|project| Path::new(cwd).starts_with(project))
    }

    /// True when `host` must not be decrypted.
    pub fn host(&self, host: &str) -> bool {
        self.hosts.iter().any(|excluded| excluded == host)
    }

    /// True when `client` must not be read.
    pub fn client(&self, client: &str) -> bool {
        self.clients.iter().any(|excluded| excluded == client)
    }

    /// The excluded projects, for sources that know them by another spelling.
    pub fn projects(&self) -> &[PathBuf] {
        &self.projects
    }

    /// True when any project is excluded, so that working directories must be looked at.
    pub fn any_project(&self) -> bool {
        !self.projects.is_empty()
    }
}
