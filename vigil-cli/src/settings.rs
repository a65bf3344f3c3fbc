//! The configuration in force, read from this machine: file, then `VIGIL_*` variables. The rules
//! are vigil-proto's.

use std::{fs, io};

use vigil_platform::paths::Paths;
use vigil_proto::config::layers::Layered;

use crate::failure::Failure;

/// What was read.
pub(crate) struct Settings {
    /// The values and their origins.
    pub(crate) layered: Layered,
    /// True when there is a file.
    pub(crate) file_exists: bool,
}

/// Reads the layers.
pub(crate) fn read(paths: &Paths) -> Result<Settings, Failure> {
    let path = paths.config_file();
    let text = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => {
            return Err(Failure::File { operation: "read", path: path.to_owned(), source });
        }
    };
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let layered = Layered::new(text.as_deref(), env, &[])
        .map_err(|error| Failure::Config { path: path.to_owned(), error })?;
    Ok(Settings { layered, file_exists: text.is_some() })
}
