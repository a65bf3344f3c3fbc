//! Linux: the XDG base directories.

use std::path::PathBuf;

use super::Paths;

pub(super) fn places(home: PathBuf, absolute: &dyn Fn(&str) -> Option<PathBuf>) -> Paths {
    let or = |name: &str, fallback: &str| {
        absolute(name).unwrap_or_else(|| home.join(fallback)).join("vigil")
    };
    let data = or("XDG_DATA_HOME", ".local/share");
    let state = or("XDG_STATE_HOME", ".local/state");
    // A session without a login manager has no runtime folder, or names one that is gone.
    let run = absolute("XDG_RUNTIME_DIR")
        .filter(|folder| folder.is_dir())
        .map_or_else(|| state.join("run"), |folder| folder.join("vigil"));
    Paths {
        config_file: or("XDG_CONFIG_HOME", ".config").join("config.toml"),
        ca: data.join("ca"),
        data: data.join("data"),
        state,
        run,
        home,
    }
}
