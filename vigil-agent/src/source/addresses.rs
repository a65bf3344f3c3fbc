//! Which AI hosts some addresses belong to, learned from the connections that the proxy makes for
//! its clients. Vigil asks no resolver itself: that would tell the network what it looks for. Pure
//! memory: bounded, never on disk, and of other hosts it keeps no name.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long a name is believed to keep its address.
const BELIEVED: Duration = Duration::from_hours(6);
/// The most addresses that are remembered; the oldest make room.
const MOST: usize = 4096;
/// The most ends of our own connections that are remembered.
const OWN: usize = 4096;

/// What is known of addresses. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Addresses(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    known: HashMap<IpAddr, Known>,
    own: VecDeque<SocketAddr>,
}

#[derive(Debug)]
struct Known {
    /// The AI host that was resolved to it last; none when only others were.
    host: Option<Arc<str>>,
    /// Another host was resolved to it, too: a connection to it may be meant for that one.
    is_shared: bool,
    at: Instant,
}

impl Addresses {
    /// Notes that these are addresses of an AI host, or, without a name, of any other.
    pub fn learn(&self, host: Option<&str>, addresses: impl IntoIterator<Item = IpAddr>) {
        self.learn_at(Instant::now(), host, addresses);
    }

    /// The AI host that `address` was known to belong to within the last hours, and to nobody else.
    pub fn host(&self, address: IpAddr) -> Option<Arc<str>> {
        self.host_at(Instant::now(), address)
    }

    /// Notes the near end of a connection that the proxy made, or that the kernel leads to it.
    pub fn made(&self, local: SocketAddr) {
        let mut memory = self.lock();
        if memory.own.len() >= OWN {
            memory.own.pop_front();
        }
        memory.own.push_back(local);
    }

    /// True when the connection with this near end was noted not long ago.
    pub fn is_own(&self, local: SocketAddr) -> bool {
        self.lock().own.contains(&local)
    }

    fn learn_at(
        &self,
        now: Instant,
        host: Option<&str>,
        addresses: impl IntoIterator<Item = IpAddr>,
    ) {
        let host: Option<Arc<str>> = host.map(Into::into);
        let mut memory = self.lock();
        for address in addresses {
            let address = address.to_canonical();
            if memory.known.len() >= MOST && !memory.known.contains_key(&address) {
                memory.make_room();
            }
            let known = memory.known.entry(address).or_insert_with(|| Known {
                host: None,
                is_shared: false,
                at: now,
            });
            if now.saturating_duration_since(known.at) > BELIEVED {
                *known = Known { host: None, is_shared: false, at: now };
            }
            known.at = now;
            known.is_shared |= host.is_none();
            if host.is_some() {
                known.host.clone_from(&host);
            }
        }
    }

    fn host_at(&self, now: Instant, address: IpAddr) -> Option<Arc<str>> {
        let memory = self.lock();
        let known = memory.known.get(&address.to_canonical())?;
        let is_believed = now.saturating_duration_since(known.at) <= BELIEVED;
        known.host.clone().filter(|_| is_believed && !known.is_shared)
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// Forgets the older half.
    fn make_room(&mut self) {
        let mut times: Vec<Instant> = self.known.values().map(|known| known.at).collect();
        let middle = times.len() / 2;
        let (_, middle, _) = times.select_nth_unstable(middle);
        let middle = *middle;
        self.known.retain(|_, known| known.at > middle);
    }
}

#[cfg(test)]
mod tests;
