//! The configuration in force, read from this machine: file, then `VIGIL_*` variables. The rules
//! are vigil-proto's.

use std::{fs, io};

use vigil_detect::{Custom, FingerprintKey};
use vigil_platform::{paths::Paths, private};
use vigil_proto::config::layers::{LayerError, Layered, Origin};

use crate::failure::Failure;

/// What was read.
pub(crate) struct Settings {
    /// The values and their origins.
    pub(crate) layered: Layered,
    /// What the user adds to the detector, compiled.
    pub(crate) custom: Custom,
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
    let today = jiff::Zoned::now().date().to_string();
    let custom = Custom::new(&layered.config.detect, &today).map_err(|error| {
        let origin = Origin::File { line: error.line_in(text.as_deref().unwrap_or_default()) };
        let (message, hint) = (error.to_string(), Some(error.hint));
        Failure::Config { path: path.to_owned(), error: LayerError { origin, message, hint } }
    })?;
    Ok(Settings { layered, custom, file_exists: text.is_some() })
}

/// The installation's key for fingerprints, if there is one yet.
pub(crate) fn fingerprints(paths: &Paths) -> Result<Option<FingerprintKey>, Failure> {
    let key = private::read(&paths.data().join(KEY))?;
    Ok(key.and_then(|key| Some(FingerprintKey::of_installation(key.as_slice().try_into().ok()?))))
}

/// The file of the installation's one key, in the data folder.
pub(crate) const KEY: &str = "installation.key";
