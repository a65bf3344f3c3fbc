//! What others have found to be malicious, as it was last brought in.

use vigil_detect::intel::{Intel, Table};
use vigil_platform::paths::Paths;
use vigil_store::intel;

use crate::{
    failure::Failure,
    terminal::{Console, plain},
};

/// What to do about a list that cannot be used.
const HINT: &str =
    "`vigil intel status` says which lists there are; importing one again replaces it";

/// The set in force, as far as it can be used.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) intel: Intel,
    /// What of it cannot be used, and why.
    pub(crate) troubles: Vec<Failure>,
}

/// The set in force; empty where nothing was ever brought in. Of each list only the head is read. One
/// that cannot be used does not keep the others from being asked.
pub(crate) fn load(paths: &Paths) -> Loaded {
    let opened = match intel::open(paths.data()) {
        Ok(opened) => opened,
        Err(error) => {
            let troubles = vec![Failure::new(error.to_string(), HINT)];
            return Loaded { troubles, ..Loaded::default() };
        }
    };
    let made = opened.set.lists.iter().map(|list| list.imported).max();
    let mut troubles = Vec::new();
    let mut leave = |name: &str, why: String| {
        troubles.push(Failure::new(format!("the list `{name}` cannot be used: {why}"), HINT));
    };
    for (name, error) in &opened.missing {
        leave(name, error.to_string());
    }
    let mut tables = Vec::new();
    for list in opened.files {
        match Table::open(&list.name, list.bytes, list.read) {
            Ok(table) => tables.push(table),
            Err(error) => leave(&list.name, error.to_string()),
        }
    }
    Loaded { intel: Intel::new(tables).made_at(made), troubles }
}

/// What of it can be used; what cannot is told.
pub(crate) fn usable(loaded: Loaded, console: &mut Console) -> Intel {
    for trouble in &loaded.troubles {
        console.warn(plain(&format!("{}; what is asked is judged by the others", trouble.what())));
    }
    loaded.intel
}
