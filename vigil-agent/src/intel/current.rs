//! The set in force, for everybody in the agent who judges by it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use vigil_detect::intel::Intel;

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
