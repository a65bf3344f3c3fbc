//! The set in force, for everybody in the agent who judges by it.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;
use vigil_detect::intel::{BadTable, Intel, Table};
use vigil_store::intel::{self, IntelError};

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
    let mut tables = Vec::new();
    let opened = intel::open(data)?;
    let made = opened.set.lists.iter().map(|list| list.imported).max();
    for list in opened.files {
        let bad = |source| LoadError::List { name: list.name.clone(), source };
        let table = Table::open(&list.name, list.bytes, list.read).map_err(bad)?;
        table.check().map_err(|source| LoadError::List { name: list.name, source })?;
        tables.push(table);
    }
    Ok(Intel::new(tables).made_at(made))
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
