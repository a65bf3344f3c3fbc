//! By which rules what is stored is masked again. What comes with a new version goes on by itself. Rules
//! of the user's own that are new wait for a word: whoever can write the configuration could else
//! have chosen parts of the record masked, and nobody would have been asked.

use std::{
    collections::BTreeSet,
    ops::Range,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use vigil_detect::{Custom, Engine, catalogue, evidence_at};
use vigil_proto::{EventId, Masked, config::detect::Detect, event::Field};
use vigil_store::{Error, Masker, Reader, Remasked};

/// The names of rules that wait.
pub(in crate::app) type Waits = Arc<Mutex<Vec<String>>>;

/// Bytes that tell Vigil's own rules from others, and one of the user's from another.
const OF_VIGIL: usize = 16;
const OF_USER: usize = 8;

/// One of the user's rules, or a canary.
type Own = [u8; OF_USER];

/// Knows the rules there are.
pub(in crate::app) struct Office {
    /// The store's folder.
    pub(in crate::app) data: PathBuf,
    /// With all rules.
    pub(in crate::app) engine: Arc<Engine>,
    pub(in crate::app) detect: Detect,
    /// Is told which rules wait.
    pub(in crate::app) waits: Waits,
}

/// What is masked by.
pub(super) struct Plan {
    /// Tells it from others.
    pub(super) rules: Vec<u8>,
    pub(super) masker: Arc<dyn Masker>,
}

impl Office {
    /// By Vigil's rules of now and by those of the user's that the store was masked by before. With
    /// the user's word, by all of them.
    pub(super) fn plan(&self, has_word: bool) -> Result<Plan, Error> {
        let own: BTreeSet<Own> = self.rules().chain(self.canaries()).map(|(_, own)| own).collect();
        let agreed = if has_word { own.clone() } else { self.agreed(&own)? };
        let waits = self.rules().filter(|(_, own)| !agreed.contains(own));
        let waits: Vec<String> = waits.map(|(name, _)| name.to_owned()).collect();
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = waits;
        let engine = if own.is_subset(&agreed) {
            Arc::clone(&self.engine)
        } else {
            Arc::new(self.engine.with_other_rules(self.only(&agreed)))
        };
        let mut rules = of_vigil().to_vec();
        rules.extend(agreed.iter().flatten());
        Ok(Plan { rules, masker: Arc::new(ByEngine(engine)) })
    }

    /// By which of the user's rules the store was masked, or is being masked. A store with nothing in
    /// it has nothing that was recorded before.
    fn agreed(&self, own: &BTreeSet<Own>) -> Result<BTreeSet<Own>, Error> {
        let reader = Reader::open(&self.data)?;
        Ok(match reader.masked_by()? {
            Some(known) => {
                let (known, _) = known.get(OF_VIGIL..).unwrap_or_default().as_chunks::<OF_USER>();
                known.iter().copied().collect()
            }
            None if reader.last_seq()? == 0 => own.clone(),
            None => BTreeSet::new(),
        })
    }

    fn rules(&self) -> impl Iterator<Item = (&str, Own)> {
        self.detect.rules.iter().map(|(name, rule)| {
            (name.as_str(), own("rule", name, &serde_json::to_string(rule).unwrap_or_default()))
        })
    }

    fn canaries(&self) -> impl Iterator<Item = (&str, Own)> {
        self.detect.canaries.iter().map(|(name, value)| (name.as_str(), own("canary", name, value)))
    }

    /// The user's rules without those that wait.
    fn only(&self, agreed: &BTreeSet<Own>) -> Custom {
        let mut detect = self.detect.clone();
        let of = |kind: &str, name: &str, value: &str| agreed.contains(&own(kind, name, value));
        detect.rules.retain(|name, rule| {
            of("rule", name, &serde_json::to_string(rule).unwrap_or_default())
        });
        detect.canaries.retain(|name, value| of("canary", name, value));
        let today = jiff::Zoned::now().date().to_string();
        // All of them together were read already as the agent started.
        Custom::new(&detect, &today).unwrap_or_default()
    }
}

/// The version and every rule that comes with it. Exceptions are not of it: what they except is masked
/// all the same.
fn of_vigil() -> [u8; OF_VIGIL] {
    told_apart("vigil 2026-11 version of rules", &[env!("CARGO_PKG_VERSION"), &catalogue()])
}

fn own(kind: &str, name: &str, value: &str) -> Own {
    told_apart("vigil 2026-11 one rule of a user", &[kind, name, value])
}

fn told_apart<const N: usize>(context: &str, parts: &[&str]) -> [u8; N] {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    let mut hash = [0; N];
    hasher.finalize_xof().fill(&mut hash);
    hash
}

/// The engine as the store sees it.
struct ByEngine(Arc<Engine>);

impl Masker for ByEngine {
    fn again(&self, text: &str, place: Option<(EventId, Field)>) -> Option<Remasked> {
        let again = self.0.again(text, place)?;
        Some(Remasked {
            text: again.text.clone(),
            findings: again.findings.clone(),
            moved: Box::new(move |place| again.moved(place)),
        })
    }

    fn evidence(&self, text: &str, place: Range<usize>) -> Masked {
        evidence_at(text, place)
    }
}
