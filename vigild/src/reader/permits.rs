//! How many connections there may be: of one uid, and in all. A watching connection is counted once
//! more: one for each uid.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use vigil_proto::rpc::{
    Uid,
    limits::{CONNECTIONS, CONNECTIONS_PER_UID},
};

#[derive(Clone, Debug, Default)]
pub(super) struct Permits(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of: BTreeMap<Uid, usize>,
}

/// Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    from: Permits,
    uid: Uid,
}

impl Permits {
    pub(super) fn take(&self, uid: Uid) -> Option<Permit> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = counts.of.get(&uid).copied().unwrap_or(0);
        if counts.all >= CONNECTIONS || own >= CONNECTIONS_PER_UID {
            return None;
        }
        counts.all += 1;
        counts.of.insert(uid, own + 1);
        Some(Permit { from: self.clone(), uid })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.from.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        if let Some(own) = counts.of.get_mut(&self.uid) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                counts.of.remove(&self.uid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use vigil_proto::rpc::Uid;

    use super::{CONNECTIONS, CONNECTIONS_PER_UID, Permits};

    fn uid(number: usize) -> Uid {
        Uid::new(number.try_into().unwrap()).unwrap()
    }

    #[test]
    fn a_uid_has_its_share_and_no_more() {
        let permits = Permits::default();
        let mut held: Vec<_> = (0..CONNECTIONS_PER_UID).map(|_| permits.take(uid(1))).collect();

        assert!(held.iter().all(Option::is_some));
        assert!(permits.take(uid(1)).is_none());
        assert!(permits.take(uid(2)).is_some());
        held.pop();
        assert!(permits.take(uid(1)).is_some());
    }

    #[test]
    fn all_together_have_theirs() {
        let permits = Permits::default();
        let held: Vec<_> = (0..CONNECTIONS).map(|at| permits.take(uid(at))).collect();

        assert!(held.iter().all(Option::is_some));
        assert!(permits.take(uid(CONNECTIONS)).is_none());
        drop(held);
        assert!(permits.take(uid(CONNECTIONS)).is_some());
    }
}
