//! What is to be said of `[detect]`: exceptions that are over, and what has changed since the agent was
//! started, which it does not go by.

use std::{fs, path::PathBuf};

use vigil_proto::{
    Config,
    config::detect::{self, Detect},
};

/// What the agent goes by.
#[derive(Debug)]
pub(super) struct RulesSource {
    /// The configuration.
    pub(super) file: PathBuf,
    /// What it said when the agent was started.
    pub(super) at_start: Detect,
    /// The reasons of exceptions that were over then.
    pub(super) over: Vec<String>,
}

impl RulesSource {
    pub(super) fn warnings(&self) -> Vec<String> {
        detect::over(&self.over).into_iter().chain(self.changed()).collect()
    }

    fn changed(&self) -> Option<String> {
        let text = match fs::read_to_string(&self.file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.ok()?,
        };
        match Config::parse(&text) {
            Ok(config) if config.detect == self.at_start => None,
            Ok(_) => Some(
                "`[detect]` has changed since the agent was started, which goes by what it was: \
                 `vigil down`, then `vigil up` has it follow"
                    .to_owned(),
            ),
            Err(error) => Some(format!(
                "the configuration cannot be read any more ({}:{}: {}); the agent goes by what it was \
                 when it was started",
                self.file.display(),
                error.line,
                error.message
            )),
        }
    }
}

#[cfg(test)]
mod tests;
