//! Browsers that are paired: which may tell by HTTP, since they may start no program. Who has the code
//! that `vigil route on` prints gets a token, of which the disk has the hash alone; it works for what the
//! extension tells and for nothing else, and only from the origin that it was given to.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use subtle::ConstantTimeEq as _;
use vigil_platform::{paths::PathError, private};
use vigil_proto::{
    Timestamp,
    browser::paired::{FILE, Given, MOST, Paired, Pairing, is_profile},
};

/// How long a code works.
pub const CODE_LIFE: Duration = Duration::from_mins(2);
/// Codes that wait at a time; one more ends the oldest.
const OFFERS: usize = 4;
/// Wrong codes that are heard before those that wait are void.
const GUESSES: u32 = 10;
/// Letters of a code: none that is taken for another.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// How many of them a code has.
const CODE: usize = 12;
/// The file is some hundred bytes for each.
const FILE_MAX: u64 = 64 * 1024;
/// What one pairing may tell at once, and how much of that comes back in a second.
const BURST: f64 = 600.0;
const AGAIN: f64 = 20.0;

/// Why somebody was not let in. The name of its counter is `browser.` and this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No code, one that is over, or a wrong one.
    Code,
    /// An origin that is not the extension's, or not the one that was paired.
    Origin,
    /// No token, or one that is not known, or no longer.
    Token,
    /// Too much in too short a time.
    Rate,
    /// What was told was too large, or not understood.
    Words,
}

impl Refused {
    /// The name of its counter.
    const fn name(self) -> &'static str {
        match self {
            Self::Code => "browser.refused_code",
            Self::Origin => "browser.refused_origin",
            Self::Token => "browser.refused_token",
            Self::Rate => "browser.refused_rate",
            Self::Words => "browser.refused_words",
        }
    }
}

/// Why it cannot be paired, ended or kept.
#[derive(Debug, thiserror::Error)]
pub enum PairingError {
    /// It may not.
    #[error("refused")]
    Refused(Refused),
    /// The file.
    #[error(transparent)]
    File(#[from] PathError),
    /// The file cannot be written out.
    #[error("the list of paired browsers cannot be written")]
    Written(#[from] serde_json::Error),
    /// No random bytes.
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
}

/// All that are paired.
pub struct Pairings {
    file: PathBuf,
    state: Mutex<State>,
    /// Held by whoever changes the list, from reading it until it is on disk: nobody who is to be let in
    /// waits for the disk.
    changing: Mutex<()>,
}

/// A profile that was paired just now.
#[derive(Debug)]
pub struct Made {
    /// What it keeps.
    pub given: Given,
    /// The browser's word.
    pub browser: String,
    /// The pairings that are over for it.
    pub ended: Vec<Pairing>,
}

#[derive(Default)]
struct State {
    offers: Vec<Offer>,
    guesses: u32,
    paired: Paired,
    /// What each pairing has left to tell now, by its id.
    left: BTreeMap<String, (f64, Instant)>,
    refused: BTreeMap<&'static str, u64>,
}

/// A code that was not used yet.
struct Offer {
    code: String,
    browser: String,
    until: Instant,
}

impl fmt::Debug for Pairings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pairings").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Pairings {
    /// Those that are kept in the folder of Vigil's state. A file that cannot be read pairs nobody, and
    /// is left for the next pairing to replace.
    pub fn open(state: &Path) -> Self {
        let file = state.join(FILE);
        let paired = private::read_up_to(&file, FILE_MAX)
            .map_err(|error| error.to_string())
            .and_then(|bytes| bytes.map_or_else(|| Ok(Paired::default()), |bytes| read(&bytes)));
        let paired = paired.unwrap_or_else(|error| {
            tracing::error!(%error, "no browser is paired: the list cannot be read");
            Paired::default()
        });
        let state = Mutex::new(State { paired, ..State::default() });
        Self { file, state, changing: Mutex::default() }
    }

    /// A new code for `browser`; one that it had before is void.
    ///
    /// # Errors
    /// [`PairingError::Random`].
    pub fn offer(&self, browser: &str, now: Instant) -> Result<String, PairingError> {
        let code = code()?;
        let mut state = self.state();
        state.offers.retain(|offer| offer.browser != browser && now < offer.until);
        if state.offers.len() >= OFFERS {
            state.offers.remove(0);
        }
        state.guesses = 0;
        let (browser, until) = (browser.to_owned(), now + CODE_LIFE);
        state.offers.push(Offer { code: code.clone(), browser, until });
        Ok(code)
    }

    /// Pairs the profile that has the code. The code is used up then, and a pairing that the profile had
    /// is over; so is the oldest where there are too many.
    ///
    /// # Errors
    /// The code is not one; it cannot be put down.
    pub fn pair(
        &self,
        code: &str,
        profile: &str,
        origin: &str,
        now: (Instant, Timestamp),
    ) -> Result<Made, PairingError> {
        let given: String =
            code.bytes().filter(u8::is_ascii_alphanumeric).map(char::from).collect();
        let given = given.to_ascii_uppercase();
        let (id, token, word) = (secret()?, secret()?, secret()?);
        let _changing = self.changing();
        let mut state = self.state();
        state.offers.retain(|offer| now.0 < offer.until);
        let found = state.offers.iter().position(|offer| same(&offer.code, &given));
        let Some(place) = found.filter(|_| is_profile(profile)) else {
            state.guesses = state.guesses.saturating_add(1);
            if state.guesses >= GUESSES {
                state.offers.clear();
            }
            return Err(state.refuse(Refused::Code));
        };
        let Offer { browser, .. } = state.offers.remove(place);
        let (mut ended, mut pairings): (Vec<_>, Vec<_>) = state
            .paired
            .pairings
            .iter()
            .cloned()
            .partition(|one| one.profile == profile && one.origin == origin);
        drop(state);
        if pairings.len() >= MOST {
            ended.push(pairings.remove(0));
        }
        let id = id.get(..16).unwrap_or_default().to_owned();
        pairings.push(Pairing {
            id: id.clone(),
            browser: browser.clone(),
            profile: profile.to_owned(),
            origin: origin.to_owned(),
            since: now.1,
            hash: hash(&token),
            word: word.clone(),
        });
        self.replace(Paired { pairings })?;
        Ok(Made { given: Given { id, token, word }, browser, ended })
    }

    /// Takes back a pairing that nobody was given, with what it ended.
    ///
    /// # Errors
    /// It cannot be put down: they are as they were.
    pub fn undo(&self, made: Made) -> Result<(), PairingError> {
        let _changing = self.changing();
        let now = self.all().into_iter().filter(|one| one.id != made.given.id);
        self.replace(Paired { pairings: made.ended.into_iter().chain(now).collect() })
    }

    /// What the extension knows the agent by, for the pairing `id` from `origin`.
    ///
    /// # Errors
    /// There is no such pairing.
    pub fn word(&self, id: &str, origin: &str) -> Result<String, PairingError> {
        let mut state = self.state();
        let known = state.paired.pairings.iter().find(|one| one.id == id && one.origin == origin);
        known.map(|one| one.word.clone()).ok_or_else(|| state.refuse(Refused::Token))
    }

    /// Lets in whoever has a token, from where it was given to.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, token: &str, origin: &str, now: Instant) -> Result<(), Refused> {
        let given = hash(token);
        let mut state = self.state();
        let known = state.paired.pairings.iter().find(|one| same(&one.hash, &given));
        let Some((id, is_at_home)) = known.map(|one| (one.id.clone(), one.origin == origin)) else {
            return Err(state.count(Refused::Token));
        };
        if !is_at_home {
            return Err(state.count(Refused::Origin));
        }
        let (left, at) = state.left.get(&id).copied().unwrap_or((BURST, now));
        let left = now.duration_since(at).as_secs_f64().mul_add(AGAIN, left).min(BURST);
        let may = left >= 1.0;
        state.left.insert(id, (if may { left - 1.0 } else { left }, now));
        if may { Ok(()) } else { Err(state.count(Refused::Rate)) }
    }

    /// Ends all pairings of `browser`, and its code; gives how many pairings there were.
    ///
    /// # Errors
    /// It cannot be put down: they are as they were.
    pub fn end(&self, browser: &str) -> Result<usize, PairingError> {
        let _changing = self.changing();
        self.state().offers.retain(|offer| offer.browser != browser);
        let (ended, pairings): (Vec<_>, Vec<_>) =
            self.all().into_iter().partition(|one| one.browser == browser);
        if !ended.is_empty() {
            self.replace(Paired { pairings })?;
        }
        Ok(ended.len())
    }

    /// All of them.
    pub fn all(&self) -> Vec<Pairing> {
        self.state().paired.pairings.clone()
    }

    /// Counts somebody who was not let in.
    pub fn refuse(&self, why: Refused) {
        self.state().count(why);
    }

    /// How many were not let in since the start, by why.
    pub fn refused(&self) -> BTreeMap<String, u64> {
        self.state().refused.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
    }

    /// First on disk, then in use. The caller holds `changing`.
    fn replace(&self, paired: Paired) -> Result<(), PairingError> {
        private::write(&self.file, &serde_json::to_vec_pretty(&paired)?)?;
        let mut state = self.state();
        state.left.retain(|id, _| paired.pairings.iter().any(|one| one.id == *id));
        state.paired = paired;
        Ok(())
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, why: Refused) -> Refused {
        let n = self.refused.entry(why.name()).or_default();
        *n = n.saturating_add(1);
        why
    }

    fn refuse(&mut self, why: Refused) -> PairingError {
        PairingError::Refused(self.count(why))
    }
}

/// The file's words may hold what is secret: an error says only of which kind it is.
fn read(bytes: &[u8]) -> Result<Paired, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("{:?}", error.classify()))
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// A token has 256 random bits: there is nothing to be guessed from its hash.
fn hash(token: &str) -> String {
    blake3::hash(token.as_bytes()).to_hex().to_string()
}

fn random<const N: usize>() -> Result<[u8; N], PairingError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(PairingError::Random)?;
    Ok(bytes)
}

/// 256 random bits as hexadecimal digits.
fn secret() -> Result<String, PairingError> {
    Ok(blake3::Hash::from_bytes(random()?).to_hex().to_string())
}

/// 60 random bits in letters.
fn code() -> Result<String, PairingError> {
    let letters = random::<CODE>()?.map(|byte| LETTERS.get(usize::from(byte % 32)).copied());
    Ok(letters.into_iter().flatten().map(char::from).collect())
}

#[cfg(test)]
mod tests;
