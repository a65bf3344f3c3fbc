//! What others have found to be malicious, as it was last brought in.

use vigil_detect::intel::{Intel, Table};
use vigil_platform::paths::Paths;
use vigil_store::intel;

use crate::failure::Failure;

/// What to do about a list that cannot be used.
const HINT: &str =
    "`vigil intel status` says which lists there are; importing one again replaces it";

/// The set in force; empty where nothing was ever brought in. Of each list only the head is read.
pub(crate) fn load(paths: &Paths) -> Result<Intel, Failure> {
    let opened =
        intel::open(paths.data()).map_err(|error| Failure::new(error.to_string(), HINT))?;
    let made = opened.set.lists.iter().map(|list| list.imported).max();
    let tables = opened.files.into_iter().map(|list| {
        Table::open(&list.name, list.bytes, list.read).map_err(|error| {
            Failure::new(format!("the list `{}` cannot be used: {error}", list.name), HINT)
        })
    });
    Ok(Intel::new(tables.collect::<Result<_, _>>()?).made_at(made))
}
