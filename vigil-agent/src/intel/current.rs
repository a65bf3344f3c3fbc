//! The set in force, for everybody in the agent who judges by it.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;
use vigil_detect::intel::{BadTable, Intel, Table};
use vigil_store::intel::{self, IntelError, OpenList};

/// The set in force; clones share it. A new import takes its place while the agent runs.
#[derive(Clone, Debug)]
pub struct Current(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    intel: Mutex<Arc<Intel>>,
    generation: watch::Sender<u64>,
}

impl Default for Current {
    fn default() -> Self {
        let (intel, generation) = (Mutex::default(), watch::Sender::new(0));
        Self(Arc::new(Shared { intel, generation }))
    }
}

/// Why the lists cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] IntelError),
    /// A list.
    #[error("the list `{name}` cannot be used: {source}")]
    List {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: BadTable,
    },
}

/// Opens the lists in force, every bucket of them checked; empty where nothing was ever imported.
///
/// # Errors
/// A list cannot be read or is not what was written.
pub fn load(data: &Path) -> Result<Intel, LoadError> {
    let (intel, bad) = load_sound(data)?;
    bad.into_iter().next().map_or(Ok(intel), Err)
}

/// The same of those lists that can be used, and why the others cannot.
///
/// # Errors
/// It cannot be told which lists there are.
pub fn load_sound(data: &Path) -> Result<(Intel, Vec<LoadError>), LoadError> {
    let opened = intel::open(data)?;
    let made = opened.set.lists.iter().map(|list| list.imported).max();
    let mut bad: Vec<_> =
        opened.missing.into_iter().map(|(_, error)| LoadError::Folder(error)).collect();
    let mut tables = Vec::new();
    for list in opened.files {
        let name = list.name.clone();
        match sound(list) {
            Ok(table) => tables.push(table),
            Err(source) => bad.push(LoadError::List { name, source }),
        }
    }
    Ok((Intel::new(tables).made_at(made), bad))
}

fn sound(list: OpenList) -> Result<Table, BadTable> {
    let table = Table::open(&list.name, list.bytes, list.read)?;
    table.check()?;
    Ok(table)
}

/// True when the list of this name is in force and what was written.
pub(super) fn is_sound(data: &Path, name: &str) -> bool {
    let files = intel::open(data).map(|opened| opened.files).unwrap_or_default();
    files.into_iter().any(|list| list.name == name && sound(list).is_ok())
}

impl Current {
    /// The set in force. Hold it for one judgement, not for long.
    pub fn get(&self) -> Arc<Intel> {
        Arc::clone(&self.0.intel.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts up whenever another set came into force; 0 while none did.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.generation.subscribe()
    }

    /// Puts another set in force.
    pub fn set(&self, intel: Intel) {
        *self.0.intel.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(intel);
        self.0.generation.send_modify(|n| *n += 1);
    }
}
