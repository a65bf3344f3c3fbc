//! What is told of processes, in one form, whoever tells it: the daemon, the kernel, or the table.

use vigil_platform::{process, watch};
use vigil_proto::{Timestamp, event::Exit, rpc};

/// Something that happened to a process.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) at: Timestamp,
    pub(super) pid: u32,
    pub(super) ppid: Option<u32>,
    pub(super) started: Option<Timestamp>,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// It began, and is still its parent's program.
    Fork,
    /// It became another program.
    Exec(process::Details),
    /// It ended.
    Exit(Option<Exit>),
}

/// A process of the table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) pid: u32,
    pub(super) ppid: Option<u32>,
    pub(super) started: Timestamp,
    pub(super) cpu_us: u64,
    pub(super) rss: u64,
    /// Nothing when they were not asked for: they are known already.
    pub(super) details: Option<process::Details>,
}

impl From<rpc::WatchEvent> for Seen {
    fn from(event: rpc::WatchEvent) -> Self {
        Self {
            at: event.at.into(),
            pid: event.pid.raw(),
            ppid: event.ppid.map(rpc::Pid::raw),
            started: event.started.map(Into::into),
            what: match event.change {
                rpc::Change::Fork => What::Fork,
                rpc::Change::Exec => What::Exec(event.details.map(details).unwrap_or_default()),
                rpc::Change::Exit { status } => What::Exit(status.map(|status| match status {
                    rpc::ExitStatus::Code(code) => Exit::Code(code),
                    rpc::ExitStatus::Signal(signal) => Exit::Signal(signal),
                })),
            },
        }
    }
}

impl From<watch::Change> for Seen {
    fn from(change: watch::Change) -> Self {
        Self {
            at: Timestamp::from_micros(change.at),
            pid: change.pid,
            ppid: change.ppid,
            started: change.started.map(Timestamp::from_micros),
            what: match change.what {
                watch::What::Fork => What::Fork,
                watch::What::Exec => What::Exec(change.details.unwrap_or_default()),
                watch::What::Exit(watch::Exit::Code(code)) => What::Exit(Some(Exit::Code(code))),
                watch::What::Exit(watch::Exit::Signal(signal)) => {
                    What::Exit(Some(Exit::Signal(signal)))
                }
            },
        }
    }
}

impl From<rpc::ProcessRow> for Row {
    fn from(row: rpc::ProcessRow) -> Self {
        Self {
            pid: row.pid.raw(),
            ppid: row.ppid.map(rpc::Pid::raw),
            started: row.started.into(),
            cpu_us: row.cpu_us,
            rss: row.rss,
            details: row.details.map(details),
        }
    }
}

impl From<&process::Row> for Row {
    fn from(row: &process::Row) -> Self {
        Self {
            pid: row.pid,
            ppid: row.ppid,
            started: Timestamp::from_micros(row.started),
            cpu_us: row.cpu_us,
            rss: row.rss,
            details: None,
        }
    }
}

fn details(details: rpc::Details) -> process::Details {
    process::Details {
        exe: details.exe.map(rpc::BoundedBytes::into_vec),
        argv: details.argv.map(rpc::BoundedBytes::into_vec),
        argv_cut: details.argv_cut,
        cwd: details.cwd.map(rpc::BoundedBytes::into_vec),
    }
}
