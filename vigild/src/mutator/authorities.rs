//! Certificates that the machine trusts because a caller asked for it: each deed is in the journal
//! before the helper begins and after it has looked. Whom a certificate belongs to is what the journal
//! says, and nothing else.

use std::{collections::BTreeMap, error::Error};

use vigil_proto::rpc::{
    BoundedBytes, CA_DER_MAX, CaStatus, Cause, Deed, Fingerprint, JournalRow, Phase, Refusal,
    Response, Support, Trust, Uid,
};
use vigild::ca;

use super::{
    Mutator,
    journal::{Journal, JournalError},
    link::Unfitting,
};
use crate::{
    clock,
    helper::order::{Order, Reply},
    log,
};

/// Who had which certificate installed, and whether it is still.
#[derive(Debug, Default)]
pub(super) struct Authorities(BTreeMap<Fingerprint, Owned>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owned {
    by: Uid,
    installed: bool,
}

impl Authorities {
    pub(super) fn read(journal: &Journal) -> Result<Self, JournalError> {
        let mut authorities = Self::default();
        for row in journal.rows() {
            authorities.note(&row?);
        }
        Ok(authorities)
    }

    pub(super) fn note(&mut self, row: &JournalRow) {
        let (fingerprint, installed) = match (row.deed, row.phase) {
            (Deed::CaInstall(fingerprint), Phase::Done) => (fingerprint, true),
            (Deed::CaInstall(fingerprint), Phase::Undone(_) | Phase::LeftAlone(_))
            | (Deed::CaRemove(fingerprint), Phase::Done | Phase::LeftAlone(_)) => {
                (fingerprint, false)
            }
            _ => return,
        };
        self.0.insert(fingerprint, Owned { by: row.uid, installed });
    }

    fn installed(&self) -> Vec<(Fingerprint, Uid)> {
        let installed = self.0.iter().filter(|(_, owned)| owned.installed);
        installed.map(|(fingerprint, owned)| (*fingerprint, owned.by)).collect()
    }

    fn of(&self, fingerprint: Fingerprint) -> Option<Owned> {
        self.0.get(&fingerprint).copied()
    }
}

impl Mutator {
    pub(super) fn ca_install(
        &mut self,
        uid: Uid,
        der: &BoundedBytes<CA_DER_MAX>,
    ) -> Result<Response, Box<dyn Error>> {
        let fingerprint = match ca::validate(der.as_bytes(), uid, clock::now()) {
            Ok(ca) => ca.fingerprint(),
            Err(bad) => return Ok(Refusal::BadCa(bad).into()),
        };
        if let Support::No(why) = self.can_ca {
            return Ok(Refusal::Unsupported(why).into());
        }
        if !self.settle_authorities(Cause::StepFailed)?.is_settled() {
            return Ok(Refusal::Busy.into());
        }
        let installed = Some(Owned { by: uid, installed: true });
        if self.authorities.of(fingerprint) == installed
            && self.trust(fingerprint)? == Trust::Trusted
        {
            return Ok(Response::CaInstalled { fingerprint });
        }
        let deed = Deed::CaInstall(fingerprint);
        self.do_with_authority(uid, deed, &Order::CaInstall { uid, der: der.clone() })
    }

    pub(super) fn ca_remove(
        &mut self,
        uid: Uid,
        fingerprint: Fingerprint,
    ) -> Result<Response, Box<dyn Error>> {
        if let Support::No(why) = self.can_ca {
            return Ok(Refusal::Unsupported(why).into());
        }
        if !self.settle_authorities(Cause::StepFailed)?.is_settled() {
            return Ok(Refusal::Busy.into());
        }
        match self.authorities.of(fingerprint) {
            None => return Ok(Refusal::CaUnknown.into()),
            Some(owned) if owned.by != uid => return Ok(Refusal::NotYours.into()),
            Some(Owned { installed: false, .. }) => return Ok(Response::CaRemoved),
            Some(Owned { installed: true, .. }) => {}
        }
        let deed = Deed::CaRemove(fingerprint);
        self.do_with_authority(uid, deed, &Order::CaRemove { fingerprint })
    }

    /// Every certificate that is still installed, whoever had it installed: how many are not any more,
    /// and how many still are.
    pub(super) fn withdraw_authorities(&mut self) -> Result<(usize, usize), Box<dyn Error>> {
        let installed = self.authorities.installed();
        for (fingerprint, uid) in &installed {
            let order = Order::CaRemove { fingerprint: *fingerprint };
            self.do_with_authority(*uid, Deed::CaRemove(*fingerprint), &order)?;
        }
        let left = self.authorities.installed().len();
        Ok((installed.len() - left, left))
    }

    pub(super) fn ca_status(
        &mut self,
        uid: Uid,
        fingerprint: Fingerprint,
    ) -> Result<Response, Box<dyn Error>> {
        let owned = Owned { by: uid, installed: true };
        let installed = self.authorities.of(fingerprint) == Some(owned);
        Ok(Response::CaStatus(CaStatus { installed, trust: self.trust(fingerprint)? }))
    }

    /// Ends what was begun and neither finished nor undone: a certificate that was to be installed is
    /// withdrawn, and so is one that was to be removed, for that is less trust both times. What
    /// cannot be ended now stays open, for the next time.
    pub(super) fn settle_authorities(&mut self, cause: Cause) -> Result<Settled, Box<dyn Error>> {
        let mut settled = Settled::default();
        for row in self.journal.unfinished() {
            let (fingerprint, ended) = match row.deed {
                Deed::CaInstall(fingerprint) => (fingerprint, Phase::Undone(cause)),
                Deed::CaRemove(fingerprint) => (fingerprint, Phase::Done),
                Deed::Proxy { .. }
                | Deed::Capture { .. }
                | Deed::Anchor(_)
                | Deed::Absence { .. } => continue,
            };
            let phase = match self.helper.ask(&Order::CaRemove { fingerprint })? {
                Reply::Done => Some(ended),
                Reply::LeftAlone => Some(Phase::LeftAlone(cause)),
                Reply::Refused(_) | Reply::Unfinished => None,
                _ => return Err(Unfitting.into()),
            };
            let is_written = match phase {
                Some(phase) => self.note(&row, phase)?,
                None => false,
            };
            if is_written {
                settled.ended += 1;
            } else {
                log::say_of_caller(format_args!("mutator: row {} cannot be ended yet", row.first));
                settled.open += 1;
            }
        }
        Ok(settled)
    }

    /// In the journal before and after.
    fn do_with_authority(
        &mut self,
        uid: Uid,
        deed: Deed,
        order: &Order,
    ) -> Result<Response, Box<dyn Error>> {
        let row = match self.journal.intend(uid, deed) {
            Ok(row) => row,
            Err(error) => return Ok(error.borne().map(|()| Refusal::Internal.into())?),
        };
        self.halt.here("ca-intended");
        let reply = self.helper.ask(order)?;
        self.halt.here("ca-answered");
        let (phase, response) = match (reply, deed) {
            (Reply::Done, Deed::CaInstall(fingerprint)) => {
                (Phase::Done, Response::CaInstalled { fingerprint })
            }
            (Reply::Done, _) => (Phase::Done, Response::CaRemoved),
            (Reply::LeftAlone, Deed::CaRemove(_)) => {
                (Phase::LeftAlone(Cause::Asked), Response::CaRemoved)
            }
            (Reply::Refused(refusal), _) => (Phase::Failed(refusal), refusal.into()),
            (Reply::Unfinished, _) => return Ok(Refusal::Busy.into()),
            _ => return Err(Unfitting.into()),
        };
        let is_written = self.note(&row, phase)?;
        self.halt.here("ca-done");
        if is_written {
            return Ok(response);
        }
        // What the journal does not say must not hold.
        self.settle_authorities(Cause::StepFailed)?;
        Ok(Refusal::Busy.into())
    }

    fn trust(&mut self, fingerprint: Fingerprint) -> Result<Trust, Box<dyn Error>> {
        match self.helper.ask(&Order::CaTrusted { fingerprint })? {
            Reply::Trust(trust) => Ok(trust),
            _ => Err(Unfitting.into()),
        }
    }
}

/// What became of deeds that were open.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Settled {
    pub(super) ended: usize,
    open: usize,
}

impl Settled {
    const fn is_settled(self) -> bool {
        self.open == 0
    }
}
