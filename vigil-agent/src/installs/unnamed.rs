//! Installs that a process of an agent's tree shows and no tool call named: `npm run`, `make`, a
//! script, a server that the client starts by itself. Decided once the tool call has had the time to
//! be told of, never as the process is seen.

use std::collections::HashSet;

use vigil_detect::installs::{self, Judge};
use vigil_proto::{Masked, Timestamp, package::InstallWay};
use vigil_store::{Error, Ran, Reader};

use super::{Follow, Memory, PAGE, Told};

const MINUTE: i64 = 60_000_000;

/// How long after a process was seen it is compared: transcripts are written behind.
const LATE: i64 = 3 * MINUTE;

/// How long before a process its tool call may have been asked for: a person may have had to allow
/// it, and what it runs takes its time.
const BEFORE: i64 = 30 * MINUTE;

/// How much later its time may be: clocks of sources differ, and batches of the kernel's are timed
/// when they are read.
const AFTER: i64 = 2 * MINUTE;

/// Events without a process that are passed over before that is noted.
const FAR: i64 = 20_000;

/// A package that was told in this look: its session, its ecosystem, its name.
type Named = (Option<i64>, String, String);

impl Follow {
    pub(super) fn unnamed(
        &self,
        reader: &Reader,
        judge: &Judge,
        memory: &mut Memory,
        (now, is_ending): (Timestamp, &dyn Fn() -> bool),
    ) -> Result<(), Error> {
        let to = reader.last_seq_before(at(now, -LATE))?;
        let mut named = HashSet::new();
        while memory.processes < to && !is_ending() {
            let page = reader.processes_after(memory.processes, to, PAGE)?;
            let from =
                std::mem::replace(&mut memory.processes, page.last().map_or(to, |last| last.seq));
            // How far it has come is not worth a commitment by itself, until it is a long way.
            if page.is_empty() && memory.processes - from < FAR {
                return Ok(());
            }
            let mut told = Told::default();
            for process in &page {
                self.compare(reader, judge, process, (&mut named, &mut told))?;
            }
            self.tell(told, memory)?;
        }
        Ok(())
    }

    fn compare(
        &self,
        reader: &Reader,
        judge: &Judge,
        process: &Ran,
        (named, told): (&mut HashSet<Named>, &mut Told),
    ) -> Result<(), Error> {
        let Some(command) = installs::of_process(process.text.as_str()) else { return Ok(()) };
        let shown = judge.command(process.event, InstallWay::Process, &command, &*self.mask);
        let around = (at(process.at, -BEFORE), at(process.at, AFTER));
        for installed in shown {
            let package = &installed.package;
            let name = package.name.as_ref().map(Masked::as_str);
            let what = (&*package.ecosystem, name);
            if reader.names_install(process.session, what, around)? {
                continue;
            }
            // A shell, a manager and its helpers are several processes of one install.
            let key = name.or(package.url.as_ref().map(Masked::as_str)).unwrap_or_default();
            if !named.insert((process.session, package.ecosystem.to_string(), key.to_owned())) {
                continue;
            }
            // Where no session is known, nothing could have named it.
            if process.session.is_some() {
                told.findings.push(installs::unnamed(&installed));
            }
            told.add(installed);
        }
        Ok(())
    }
}

fn at(time: Timestamp, by: i64) -> Timestamp {
    Timestamp::from_micros(time.as_micros().saturating_add(by))
}
