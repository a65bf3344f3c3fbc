//! Looks at the table of sockets again and again, and hands over what is new of it.

use std::{
    collections::HashSet,
    io, mem,
    ops::ControlFlow,
    time::{Duration, Instant, SystemTime},
};

use vigil_platform::{
    boot, process,
    socket::{self, Endings, Flow, Protocol},
};
use vigil_proto::{
    Batch, Event, Sensitive, Source, SourceId, Timestamp, Witness, batch::Counts, event::ProcessRef,
};

use super::{
    Options,
    event::{self, Past, TLS_PORT},
    owners::{Found, Holder, Owners},
    table::{News, Sight, Table},
};
use crate::{
    pipeline::{Closed, Exclusions, Inlet},
    shutdown::Shutdown,
    source::family::Member,
};

/// Between two looks while an agent runs.
const BUSY: Duration = Duration::from_millis(250);
/// Between two looks for an agent.
const IDLE: Duration = Duration::from_secs(1);
/// A look that comes later than this leaves a gap on record.
const STALLED: Duration = Duration::from_secs(10);
/// What connections carry is asked for at every look, or at every so many when the kernel tells it
/// at their end.
const CARRIED_EVERY: u64 = 20;

pub(super) fn run(options: &Options, inlet: &Inlet, shutdown: &Shutdown) {
    let mut watcher = Watcher::new(options, inlet);
    let (mut wait, mut last) = (Duration::ZERO, Instant::now());
    while !shutdown.sleep(wait) {
        if inlet.is_paused() {
            watcher.rest();
            (wait, last) = (IDLE, Instant::now());
            continue;
        }
        let late = last.elapsed().saturating_sub(wait);
        if wait == BUSY && late >= STALLED {
            watcher.note_gap(late);
        }
        last = Instant::now();
        wait = if watcher.look() { BUSY } else { IDLE };
        if watcher.hand_over().is_err() {
            return;
        }
    }
    if !inlet.is_paused() {
        watcher.tell_rest();
        let _ = watcher.hand_over();
    }
}

struct Watcher<'a> {
    options: &'a Options,
    inlet: &'a Inlet,
    owners: Owners<'a>,
    source: Source<Sensitive>,
    uid: u32,
    ours: u32,
    boot: String,
    /// While an agent runs, where the kernel tells.
    endings: Option<Endings>,
    /// The kernel does not tell.
    is_untold: bool,
    table: Table,
    /// The agents' processes at the last look.
    members: HashSet<ProcessRef>,
    looks: u64,
    failures: u64,
    events: Vec<Event<Sensitive>>,
    counts: Counts,
}

/// A connection of our user's that is not followed.
type Candidate = (Flow, Protocol);

impl<'a> Watcher<'a> {
    fn new(options: &'a Options, inlet: &'a Inlet) -> Self {
        let place = "network";
        let boot = boot::id().unwrap_or_else(|error| {
            tracing::warn!(%error, "the kernel does not say which boot this is");
            [0; 16]
        });
        Self {
            options,
            inlet,
            owners: Owners::new(&options.holders),
            source: Source {
                id: SourceId::of(place.as_bytes()),
                witness: Witness::Kernel,
                place: place.into(),
            },
            uid: process::uid(),
            ours: std::process::id(),
            boot: format!("{:032x}", u128::from_be_bytes(boot)),
            endings: None,
            is_untold: false,
            table: Table::default(),
            members: HashSet::new(),
            looks: 0,
            failures: 0,
            events: Vec::new(),
            counts: Counts::new(),
        }
    }

    /// Looks once. True while there is somebody to look at.
    fn look(&mut self) -> bool {
        let mut members = self.options.families.members();
        // Vigil itself may have been started by an agent: its proxy goes out for everybody.
        members.retain(|member| member.process.pid != self.ours);
        if members.is_empty() && self.table.is_empty() {
            self.rest();
            return false;
        }
        if self.endings.is_none() && !self.is_untold {
            self.endings = Endings::listen().map_err(|error| self.untold(&error)).ok();
        }
        let now = Timestamp::from(SystemTime::now());
        self.table.begin();
        match self.candidates() {
            Ok((new, others)) => {
                self.sort(now, new, others, &members);
                let ended = self.ended();
                self.tell(now, ended);
                let ended = self.table.finish(now, self.endings.is_some());
                self.tell(now, ended);
            }
            Err(error) => {
                self.table.abandon();
                self.failures += 1;
                self.count("drop.network.table", 1);
                if self.failures.is_power_of_two() {
                    tracing::warn!(%error, failures = self.failures, "cannot read the sockets");
                }
            }
        }
        self.looks += 1;
        self.members = members.iter().map(|member| member.process).collect();
        true
    }

    /// Our user's connections that are not followed: new ones, and those that were nobody's.
    fn candidates(&mut self) -> io::Result<(Vec<Candidate>, Vec<Candidate>)> {
        let (mut new, mut others) = (Vec::new(), Vec::new());
        let (table, uid) = (&mut self.table, self.uid);
        let mut take = |flow: &Flow, protocol| {
            let sight = table.see(flow);
            if flow.row.uid != uid || flow.row.inode == 0 {
                return ControlFlow::Continue(());
            }
            match sight {
                Sight::Known => {}
                Sight::Other => others.push((*flow, protocol)),
                Sight::New => new.push((*flow, protocol)),
            }
            ControlFlow::Continue(())
        };
        let carried = self.endings.is_none() || self.looks.is_multiple_of(CARRIED_EVERY);
        socket::flows(Protocol::Tcp, carried, |flow| take(flow, Protocol::Tcp))?;
        socket::flows(Protocol::Udp, false, |flow| {
            if flow.row.remote.is_some_and(|remote| remote.port() == TLS_PORT) {
                take(flow, Protocol::Udp)
            } else {
                ControlFlow::Continue(())
            }
        })?;
        Ok((new, others))
    }

    /// Finds the agents' among them.
    fn sort(
        &mut self,
        now: Timestamp,
        new: Vec<Candidate>,
        others: Vec<Candidate>,
        members: &[Member],
    ) {
        let inodes = |flows: &[Candidate]| -> Vec<u64> {
            flows.iter().map(|(flow, _)| flow.row.inode).collect()
        };
        let mut found = self.owners.members(&inodes(&new), members);
        // What was nobody's can only be somebody's who was not known to be an agent's.
        let joined: Vec<Member> = members
            .iter()
            .filter(|member| !self.members.contains(&member.process))
            .copied()
            .collect();
        if !joined.is_empty() && !others.is_empty() {
            let more = self.owners.members(&inodes(&others), &joined);
            found.add(more);
        }
        let mut routed = None;
        for (flow, protocol) in new.into_iter().chain(others) {
            let Some((client, member)) = self.owner(&flow, &found, members) else { continue };
            let Some(remote) = flow.row.remote else { continue };
            let is_routed = member.is_some_and(|member| {
                routed.get_or_insert_with(|| self.routed()).contains(&member.root)
            });
            let past = Past {
                cookie: flow.cookie,
                protocol,
                local: flow.row.local,
                remote,
                client,
                process: member.map(|member| member.process),
                is_routed,
                began: now,
                carried: flow.carried.unwrap_or_default(),
            };
            match self.table.follow(past) {
                Some(news) => self.tell(now, vec![news]),
                None => self.count("drop.network.full", 1),
            }
        }
    }

    /// The client and the process of an agent's connection. Nothing when it is not to be followed.
    fn owner(
        &mut self,
        flow: &Flow,
        found: &Found,
        members: &[Member],
    ) -> Option<(&'static str, Option<Member>)> {
        let inode = flow.row.inode;
        let owner = match found.holders.get(&inode) {
            Some(Holder::Process(pid)) => members
                .iter()
                .find(|member| member.process.pid == *pid)
                .map(|member| (member.client, Some(*member))),
            Some(Holder::OneOf(client)) => Some((*client, None)),
            None if found.later.contains(&inode) => return None,
            None => {
                let is_unknown = found.unknown.contains(&inode);
                self.count("drop.network.owner-unknown", u64::from(is_unknown));
                None
            }
        };
        let owner = owner.filter(|(client, member)| {
            // What the kernel leads to the proxy looks as if it went past it.
            let is_led = self.options.addresses.is_own(flow.row.local);
            !is_led && !is_incoming(flow) && !is_excluded(self.inlet.exclusions(), client, *member)
        });
        if owner.is_none() {
            self.table.pass_over(flow.cookie);
        }
        owner
    }

    /// The agents that came by the proxy.
    fn routed(&self) -> HashSet<ProcessRef> {
        let families = &self.options.families;
        let callers = self.options.callers.found();
        callers
            .into_iter()
            .filter_map(|caller| families.agent_of(caller.pid, Some(caller.started)))
            .map(|member| member.root)
            .collect()
    }

    /// Those that the kernel says have ended.
    fn ended(&mut self) -> Vec<News> {
        let Some(endings) = &self.endings else { return Vec::new() };
        let (table, addresses) = (&mut self.table, &self.options.addresses);
        let (mut news, mut short) = (Vec::new(), 0);
        let taken = endings.take(|flow| {
            if let Some(ended) = table.ended(flow) {
                news.push(ended);
                return;
            }
            let is_short = flow.row.remote.is_some_and(|remote| {
                remote.port() == TLS_PORT && addresses.host(remote.ip()).is_some()
            });
            if is_short && !addresses.is_own(flow.row.local) && !table.passed_over(flow.cookie) {
                short += 1;
            }
        });
        self.count("drop.network.short", short);
        match taken {
            Ok(true) => {}
            // What they carried was asked for lately.
            Ok(false) => self.count("skip.network.endings", 1),
            Err(error) => self.untold(&error),
        }
        news
    }

    fn untold(&mut self, error: &io::Error) {
        tracing::debug!(%error, "the kernel does not tell which connections end");
        self.endings = None;
        self.is_untold = true;
    }

    fn tell(&mut self, now: Timestamp, news: Vec<News>) {
        for News { past, open } in news {
            let host = self.options.addresses.host(past.remote.ip());
            self.events.push(past.event(&self.boot, host.as_deref(), now, open));
        }
    }

    /// Nobody is looked at for a while.
    fn rest(&mut self) {
        self.endings = None;
        self.members.clear();
    }

    fn tell_rest(&mut self) {
        let now = Timestamp::from(SystemTime::now());
        let rest = self.table.rest(now);
        self.tell(now, rest);
    }

    fn note_gap(&mut self, late: Duration) {
        let now = Timestamp::from(SystemTime::now());
        self.count("gap.network-stalled", 1);
        self.events.push(event::gap(self.source.id, now, late));
    }

    fn count(&mut self, name: &'static str, n: u64) {
        if n > 0 {
            *self.counts.entry(name.into()).or_default() += n;
        }
    }

    /// Hands what was found to the pipeline; waits while that is full.
    fn hand_over(&mut self) -> Result<(), Closed> {
        let mut batch = Batch::new(self.source.clone());
        batch.events = mem::take(&mut self.events);
        batch.counts = mem::take(&mut self.counts);
        if batch.is_empty() { Ok(()) } else { self.inlet.send(batch) }
    }
}

/// The user does not want it recorded: its client, or where its process or its agent works.
fn is_excluded(exclusions: &Exclusions, client: &str, member: Option<Member>) -> bool {
    let works_in_one = |process: ProcessRef| {
        let cwd = process::details(process.pid, process.started.as_micros()).ok()?.cwd?;
        Some(exclusions.project(&String::from_utf8_lossy(&cwd)))
    };
    let by_project = |member: Member| {
        works_in_one(member.process) == Some(true) || works_in_one(member.root) == Some(true)
    };
    exclusions.client(client) || exclusions.any_project() && member.is_some_and(by_project)
}

/// True when the near end waited for it: somebody else's connection to an agent's server.
fn is_incoming(flow: &Flow) -> bool {
    flow.row.protocol == Protocol::Tcp
        && socket::listeners(flow.row.local.port()).is_ok_and(|listeners| !listeners.is_empty())
}
