//! One certificate authority following another: the next one is made when a person asks for it, signs
//! once whoever trusts the present one trusts it as well, and the former is trusted no more after that.
//! What is cut short is on disk and is carried on by the next run (docs/adr/0023-rotation.md). A thread
//! of its own looks after it, for it may have to wait for the root daemon and for clients to end.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use vigil_platform::process;
use vigil_proto::{
    Batch, Kind, Sensitive, Timestamp,
    event::{ConfigChange, Gap, ProcessRef},
    report::{AuthorityRemoved, AuthorityStatus, MachineTrust, NextAuthority, Rotation},
};

use self::machine::Machine;
use crate::{
    api,
    daemon::Daemon,
    pipeline::{Inlet, own_event},
    source::{
        family::Families,
        proxy::{Authorities, CaError, Certificate, Coming, Standing},
    },
};

mod by_hand;
mod machine;

/// How often it is looked at, and how often while one follows another.
const LOOK: (Duration, Duration) = (Duration::from_mins(1), Duration::from_secs(5));
/// Clients are waited for until so long before the present one's end.
const WAIT_UNTIL: Duration = Duration::from_hours(24);
/// When a process began is known to the second; one that began so long after a client's list was
/// written may have begun before.
const UNSURE: Duration = Duration::from_secs(2);
/// So many clients are named; the others are counted.
const NAMED: usize = 5;

/// Looks after the authorities. Clones share one.
#[derive(Clone)]
pub(super) struct Renewal(Arc<Shared>);

struct Shared {
    authorities: Authorities,
    families: Families,
    machine: Box<dyn Machine>,
    record: Box<Record>,
    /// A person does not want clients to be waited for.
    at_once: AtomicBool,
    told: Mutex<Told>,
    /// Looks again now.
    wake: Mutex<Option<SyncSender<()>>>,
}

/// Puts something on record.
type Record = dyn Fn(Batch<Sensitive>) + Send + Sync;

/// What was found at the last look.
#[derive(Default)]
struct Told {
    /// What the next one waits for, once that was looked at.
    waits: Option<Vec<String>>,
    /// What is not decrypted, as it is on record.
    gap: Option<String>,
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Renewal").field(&self.0.authorities).finish()
    }
}

/// The thread.
#[derive(Debug)]
pub(super) struct Running {
    renewal: Renewal,
    thread: JoinHandle<()>,
}

impl Running {
    /// Ends it; what is under way is carried on by the next run.
    pub(super) fn end(self) {
        *self.renewal.0.wake.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let _ = self.thread.join();
    }
}

impl Renewal {
    pub(super) fn new(
        authorities: Authorities,
        families: Families,
        daemon: Daemon,
        inlet: Inlet,
    ) -> Self {
        let record = move |batch| {
            // Refused only when the agent ends, and then it is found anew by the next one.
            let _ = inlet.send(batch);
        };
        Self::with(authorities, families, Box::new(machine::Asked(daemon)), Box::new(record))
    }

    fn with(
        authorities: Authorities,
        families: Families,
        machine: Box<dyn Machine>,
        record: Box<Record>,
    ) -> Self {
        let (at_once, told) = (AtomicBool::new(false), Mutex::default());
        let wake = Mutex::new(None);
        Self(Arc::new(Shared { authorities, families, machine, record, at_once, told, wake }))
    }

    /// Begins to look after them.
    pub(super) fn start(&self) -> anyhow::Result<Running> {
        let (wake, woken) = sync_channel(1);
        *self.0.wake.lock().unwrap_or_else(PoisonError::into_inner) = Some(wake);
        let renewal = self.clone();
        let work = move || {
            loop {
                let (calm, busy) = LOOK;
                let pause = if renewal.look(SystemTime::now()) { busy } else { calm };
                if woken.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("authorities".to_owned()).spawn(work);
        let thread = thread.context("cannot start the thread of the certificate authority")?;
        Ok(Running { renewal: self.clone(), thread })
    }

    /// How it stands, for the status.
    pub(super) fn status(&self) -> AuthorityStatus {
        let Standing { current, unfit, due, missing, next, former } =
            self.0.authorities.standing(SystemTime::now());
        let word = |certificate: &Certificate| certificate.fingerprint().to_string();
        let next = next.map(|Coming { certificate, since }| NextAuthority {
            fingerprint: word(&certificate),
            ends: certificate.ends().into(),
            since: since.into(),
            waits: self.told(|told| told.waits.clone()),
        });
        AuthorityStatus {
            signs: unfit.is_none(),
            why: unfit,
            fingerprint: current.as_ref().map(word),
            ends: current.as_ref().map(|certificate| certificate.ends().into()),
            hosts: current.map_or_else(Vec::new, |it| it.permitted().to_vec()),
            missing,
            command: (due.is_some() && next.is_none()).then(|| "vigil ca rotate".to_owned()),
            due,
            next,
            former: former.iter().map(word).collect(),
        }
    }

    /// Looks at everything and does what can be done; true while there is more to come.
    fn look(&self, now: SystemTime) -> bool {
        self.0.authorities.look_again();
        let standing = self.0.authorities.standing(now);
        self.tell_gap(&standing, now);
        if let Some(next) = &standing.next {
            let waits = self.waits(&standing, next, now);
            let is_free = waits.is_empty();
            self.told(|told| told.waits = Some(waits));
            if is_free {
                self.switch(&next.certificate, now);
            }
        }
        let Standing { next, former, .. } = self.0.authorities.standing(now);
        if next.is_none() && !former.is_empty() {
            self.retire(&former, now);
        }
        let Standing { next, former, .. } = self.0.authorities.standing(now);
        next.is_some() || !former.is_empty()
    }

    fn switch(&self, next: &Certificate, now: SystemTime) {
        match self.0.authorities.switch() {
            Ok(()) => {
                self.0.at_once.store(false, Ordering::Relaxed);
                self.told(|told| told.waits = None);
                self.change("authority switch", now, format!("{} signs now", next.fingerprint()));
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Ends the trust in those that signed before.
    fn retire(&self, former: &[Certificate], now: SystemTime) {
        for certificate in former {
            if let Err(why) = self.0.machine.distrust(certificate.fingerprint()) {
                tracing::warn!(%why, "the machine still trusts a former certificate authority");
                return;
            }
        }
        match self.0.authorities.drop_former() {
            Ok(()) => {
                let gone: Vec<_> = former.iter().map(|it| it.fingerprint().to_string()).collect();
                let words = format!("{} is trusted no more", gone.join(", "));
                self.change("authority removed", now, words);
            }
            Err(error) => self.failed(&error),
        }
    }

    /// What the next one waits for.
    fn waits(&self, standing: &Standing, next: &Coming, now: SystemTime) -> Vec<String> {
        let mut waits = Vec::new();
        if let Err(untrusted) = self.0.authorities.is_next_trusted(now) {
            waits.push(untrusted.to_string());
        }
        let Some(current) = &standing.current else { return waits };
        waits.extend(self.0.machine.follow(current, &next.certificate).err());
        let matters = standing.unfit.is_none() && now + WAIT_UNTIL < current.ends();
        if matters && !self.0.at_once.load(Ordering::Relaxed) {
            waits.extend(self.clients(next.since));
        }
        waits
    }

    /// The clients that read their lists before the next one was on them, and run still.
    fn clients(&self, since: SystemTime) -> Option<String> {
        if !self.0.families.are_known() {
            return Some("a first look at what runs".to_owned());
        }
        let since = Timestamp::from(since + UNSURE);
        let agents = self.0.families.members();
        let mut all: BTreeSet<(u32, &str)> = agents
            .iter()
            .filter(|member| member.root.started < since)
            .map(|member| (member.root.pid, member.client))
            .collect();
        let agents: BTreeSet<u32> = agents.iter().map(|member| member.process.pid).collect();
        let others = self.0.authorities.takers().into_iter();
        let others = others.filter(|it| it.started < since && !agents.contains(&it.pid));
        all.extend(others.filter(runs).map(|it| (it.pid, "a program")));
        if all.is_empty() {
            return None;
        }
        let named = all.iter().take(NAMED).map(|(pid, client)| format!("{client} (pid {pid})"));
        let mut words = named.collect::<Vec<_>>().join(", ");
        if all.len() > NAMED {
            words = format!("{words} and {} more", all.len() - NAMED);
        }
        Some(format!("clients that have read only the present one and run still: {words}"))
    }

    /// Puts on record what is not decrypted, once for each cause.
    fn tell_gap(&self, standing: &Standing, now: SystemTime) {
        let gap = match (&standing.unfit, standing.missing.as_slice()) {
            (Some(unfit), _) => Some(format!("nothing is decrypted: {unfit}")),
            (None, []) => None,
            (None, missing) => Some(format!("not decrypted: {}", missing.join(", "))),
        };
        let is_new = self.told(|told| {
            let is_new = told.gap != gap;
            told.gap.clone_from(&gap);
            is_new
        });
        let Some(detail) = gap.filter(|_| is_new) else { return };
        tracing::warn!(%detail, "the local certificate authority; `vigil ca rotate` mends it");
        let gap = Gap { reason: "no-certificate", detail: Sensitive::new(detail), bytes: None };
        (self.0.record)(own_event("no-certificate", now.into(), Kind::Gap(gap)));
    }

    /// Puts a step on record.
    fn change(&self, what: &'static str, now: SystemTime, detail: String) {
        tracing::info!(%detail, "certificate authority");
        let change = ConfigChange { what: Sensitive::from(what), detail: Sensitive::new(detail) };
        (self.0.record)(own_event(what, now.into(), Kind::ConfigChange(change)));
    }

    fn failed(&self, error: &CaError) {
        tracing::error!(error = error as &dyn std::error::Error, "certificate authority");
        self.told(|told| told.waits = Some(vec![error.to_string()]));
    }

    fn told<T>(&self, with: impl FnOnce(&mut Told) -> T) -> T {
        with(&mut self.0.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl api::Renew for Renewal {
    fn rotate(&self, order: api::RotateOrder) -> Result<Rotation, String> {
        let now = SystemTime::now();
        if !order.dry_run {
            self.0.at_once.fetch_or(order.now, Ordering::Relaxed);
            let before = self.0.authorities.standing(now);
            self.0.authorities.prepare(now).map_err(|error| error.to_string())?;
            self.told(|told| told.waits = None);
            let Standing { current, next, .. } = self.0.authorities.standing(now);
            if before.next.is_none()
                && let Some(next) = next
            {
                let words = format!("{} is to follow", next.certificate.fingerprint());
                self.change("authority made", now, words);
            } else if before.current.is_none()
                && let Some(first) = current
            {
                let words = format!("{} signs now", first.fingerprint());
                self.change("authority made", now, words);
            }
            if let Some(wake) = &*self.0.wake.lock().unwrap_or_else(PoisonError::into_inner) {
                // Full: it is about to look anyway.
                let _ = wake.try_send(());
            }
        }
        let list = self.0.authorities.path().display();
        let mut steps = vec![
            format!(
                "another certificate authority is made, and named in {list} beside the present one"
            ),
            "where the machine trusts the present one, it is made to trust the other".to_owned(),
        ];
        if !order.now {
            steps.push("clients that have read only the present one are waited for".to_owned());
        }
        steps.push("the other signs; connections that are open stay as they are".to_owned());
        steps.push("the present one is trusted no more, and its key is gone".to_owned());
        Ok(Rotation { dry_run: order.dry_run, steps, authority: self.status() })
    }

    fn machine(&self) -> MachineTrust {
        self.machine_trust()
    }

    fn trust(&self, on: bool) -> Result<MachineTrust, String> {
        if on {
            self.have_trusted()?;
        } else {
            self.end_trust()?;
        }
        Ok(self.machine_trust())
    }

    fn remove(&self) -> Result<AuthorityRemoved, String> {
        self.take_away()
    }
}

/// Whether a process still runs.
fn runs(of: &ProcessRef) -> bool {
    process::row(of.pid).is_ok_and(|row| {
        row.started == of.started.as_micros() && row.state != process::State::Ended
    })
}

#[cfg(test)]
mod tests;
