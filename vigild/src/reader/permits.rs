//! How many connections there may be: of one uid, of all who are not enrolled, and in all. Whoever has
//! a range of uids for containers of his own has many uids, but none that is enrolled: such callers
//! cannot take the places of those who are.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use vigil_proto::rpc::{
    Enrolment, Uid,
    limits::{CONNECTIONS, CONNECTIONS_PER_UID},
};

/// Of those who are not enrolled, together.
const STRANGERS: usize = CONNECTIONS / 2;

#[derive(Clone, Debug, Default)]
pub(super) struct Permits(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    strangers: usize,
    of: BTreeMap<Uid, usize>,
}

/// Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    from: Permits,
    uid: Uid,
    is_stranger: bool,
}

impl Permits {
    pub(super) fn take(&self, uid: Uid, enrolment: Enrolment) -> Option<Permit> {
        let is_stranger = enrolment == Enrolment::Stranger;
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = counts.of.get(&uid).copied().unwrap_or(0);
        if counts.all >= CONNECTIONS || own >= CONNECTIONS_PER_UID {
            return None;
        }
        if is_stranger && counts.strangers >= STRANGERS {
            return None;
        }
        counts.all += 1;
        counts.strangers += usize::from(is_stranger);
        counts.of.insert(uid, own + 1);
        Some(Permit { from: self.clone(), uid, is_stranger })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.from.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        counts.strangers = counts.strangers.saturating_sub(usize::from(self.is_stranger));
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
    use vigil_proto::rpc::{Enrolment, Uid};

    use super::{CONNECTIONS, CONNECTIONS_PER_UID, Permits, STRANGERS};

    fn uid(number: usize) -> Uid {
        Uid::new(number.try_into().unwrap()).unwrap()
    }

    #[test]
    fn a_uid_has_its_share_and_no_more() {
        let permits = Permits::default();
        let mut held: Vec<_> =
            (0..CONNECTIONS_PER_UID).map(|_| permits.take(uid(1), Enrolment::Enrolled)).collect();

        assert!(held.iter().all(Option::is_some));
        assert!(permits.take(uid(1), Enrolment::Enrolled).is_none());
        assert!(permits.take(uid(2), Enrolment::Enrolled).is_some());
        held.pop();
        assert!(permits.take(uid(1), Enrolment::Enrolled).is_some());
    }

    #[test]
    fn strangers_leave_room_for_those_who_are_enrolled() {
        let permits = Permits::default();
        let held: Vec<_> =
            (0..CONNECTIONS).map(|at| permits.take(uid(at), Enrolment::Stranger)).collect();

        assert_eq!(held.iter().flatten().count(), STRANGERS);
        assert!(permits.take(uid(1000), Enrolment::Enrolled).is_some());
        drop(held);
        assert!(permits.take(uid(0), Enrolment::Stranger).is_some());
    }

    #[test]
    fn all_together_have_theirs() {
        let permits = Permits::default();
        let held: Vec<_> =
            (0..CONNECTIONS).map(|at| permits.take(uid(at), Enrolment::Enrolled)).collect();

        assert!(held.iter().all(Option::is_some));
        assert!(permits.take(uid(CONNECTIONS), Enrolment::Enrolled).is_none());
        drop(held);
        assert!(permits.take(uid(CONNECTIONS), Enrolment::Enrolled).is_some());
    }
}
