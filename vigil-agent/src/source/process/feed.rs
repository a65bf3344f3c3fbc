//! Where news of processes comes from: the daemon, else the kernel as far as it tells a user, else
//! the table, looked at every second.

use std::time::{Duration, Instant};

use vigil_platform::{
    process,
    watch::{Event, Options, Watch, WatchError},
};
use vigil_proto::rpc::Scope;

use super::{
    seen::{Row, Seen},
    table::{self, OwnTable},
};
use crate::{
    daemon::{Daemon, DaemonError, Watching},
    source::family::Families,
};

/// Between two looks at the table.
const LOOK: Duration = Duration::from_secs(1);
/// The most events that are taken in one turn.
const TURN: usize = 4096;

/// What has happened since the last question.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) seen: Vec<Seen>,
    /// So many events are missing: the table is to be read again.
    pub(super) lost: u64,
    /// The table, when that is how it is told.
    pub(super) rows: Option<Vec<Row>>,
}

/// It tells no more.
#[derive(Debug, thiserror::Error)]
pub(super) enum FeedError {
    #[error("the daemon tells no more: {0}")]
    Daemon(#[from] DaemonError),
    #[error(transparent)]
    Kernel(#[from] WatchError),
    #[error("cannot read the table of processes: {0}")]
    Table(#[from] std::io::Error),
}

#[derive(Debug)]
pub(super) enum Feed {
    /// Every process of ours, with all that may be known.
    Daemon(Daemon, Watching),
    /// Every process of ours; very short ones without their arguments.
    Kernel(Watch, OwnTable),
    /// Those that live for a second.
    Table(OwnTable, Option<Instant>),
}

impl Feed {
    pub(super) fn of_daemon(daemon: &Daemon) -> Result<Self, DaemonError> {
        Ok(Self::Daemon(daemon.clone(), daemon.connect()?.watch(Scope::Own)?))
    }

    /// The best that can be had without the daemon.
    pub(super) fn own() -> Self {
        match Watch::start(Options::default()) {
            Ok(watch) => Self::Kernel(watch, OwnTable::default()),
            Err(error) => {
                tracing::info!(%error, "processes are looked for every second");
                Self::Table(OwnTable::default(), None)
            }
        }
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Daemon(..) => "daemon",
            Self::Kernel(..) => "kernel",
            Self::Table(..) => "table",
        }
    }

    /// Whether ends are told, and not only found out.
    pub(super) const fn tells_ends(&self) -> bool {
        !matches!(self, Self::Table(..))
    }

    /// The table as it is now.
    pub(super) fn table(&mut self) -> Result<Vec<Row>, FeedError> {
        Ok(match self {
            Self::Daemon(daemon, _) => table::of_daemon(daemon)?,
            Self::Kernel(_, table) | Self::Table(table, _) => table.read()?,
        })
    }

    /// What has happened, as soon as there is something, at the latest after `wait`.
    pub(super) fn next(&mut self, wait: Duration, ours: &Families) -> Result<News, FeedError> {
        match self {
            Self::Daemon(_, watching) => Ok(match watching.next(wait)? {
                None => News::default(),
                Some(events) => News {
                    seen: events.events.into_vec().into_iter().map(Seen::from).collect(),
                    lost: events.lost.into(),
                    rows: None,
                },
            }),
            Self::Kernel(watch, _) => of_kernel(watch, wait, ours),
            Self::Table(table, looked) => {
                let rest = looked.map_or(Duration::ZERO, |at| LOOK.saturating_sub(at.elapsed()));
                std::thread::sleep(rest.min(wait));
                if rest > wait {
                    return Ok(News::default());
                }
                *looked = Some(Instant::now());
                Ok(News { rows: Some(table.read()?), ..News::default() })
            }
        }
    }
}

/// The kernel tells of everybody's processes; only our own user's are taken.
fn of_kernel(watch: &Watch, wait: Duration, ours: &Families) -> Result<News, FeedError> {
    let (uid, mut news, mut wait) = (process::uid(), News::default(), wait);
    while news.seen.len() < TURN
        && let Some(event) = watch.next(wait)?
    {
        wait = Duration::ZERO;
        match event {
            Event::Lost(lost) => {
                news.lost = news.lost.saturating_add(lost.kernel).saturating_add(lost.queue);
            }
            // Whose it was is not known of every one that ended at once.
            Event::Change(change) => {
                let is_known = || ours.agent_of(change.pid, None).is_some();
                if change.uid.map_or_else(is_known, |theirs| theirs == uid) {
                    news.seen.push(change.into());
                }
            }
        }
    }
    Ok(news)
}
