//! macOS: the Library folders; the configuration stays where people who use a shell look for it.

use std::path::PathBuf;

use super::{MACOS_FOLDER, Paths};

pub(super) fn places(home: PathBuf, _absolute: &dyn Fn(&str) -> Option<PathBuf>) -> Paths {
    let support = home.join(MACOS_FOLDER);
    Paths {
        config_file: home.join(".config/vigil/config.toml"),
        data: support.join("data"),
        state: support.join("state"),
        run: support.join("run"),
        ca: support.join("ca"),
        home,
    }
}
