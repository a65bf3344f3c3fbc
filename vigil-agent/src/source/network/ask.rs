//! Answers whose processes are behind the proxy's clients, beside the proxy.

use std::{collections::VecDeque, time::Duration};

use vigil_platform::process;
use vigil_proto::{Timestamp, event::ProcessRef};

use super::{Options, owners::Owners};
use crate::{shutdown::Shutdown, source::callers::Served};

/// How long a wait for questions lasts before the end is looked for.
const WAIT: Duration = Duration::from_millis(500);
/// Questions within this time are answered together: each answer looks at open files.
const TOGETHER: Duration = Duration::from_millis(20);
/// The processes that are looked at first: whoever asked lately asks again.
const RECENT: usize = 8;

pub(super) fn run(options: &Options, served: &Served, shutdown: &Shutdown) {
    let owners = Owners::new(&options.holders);
    let mut recent: VecDeque<u32> = VecDeque::with_capacity(RECENT);
    while !shutdown.is_requested() {
        let questions = served.wait(WAIT);
        if questions.is_empty() {
            continue;
        }
        let inodes: Vec<u64> = questions.iter().map(|question| question.inode).collect();
        let members = options.families.members();
        let likely: Vec<u32> =
            recent.iter().copied().chain(members.iter().map(|member| member.process.pid)).collect();
        let pids = owners.callers(&inodes, &likely);
        for question in questions {
            let Some(pid) = pids.get(&question.inode).copied() else { continue };
            if recent.front() != Some(&pid) {
                recent.retain(|other| *other != pid);
                recent.truncate(RECENT - 1);
                recent.push_front(pid);
            }
            let member = options.families.agent_of(pid, None).map(|member| member.process);
            let known = process::row(pid)
                .ok()
                .map(|row| ProcessRef { pid, started: Timestamp::from_micros(row.started) });
            // The family's own word for it is the one that other events have.
            if let Some(process) = member.or(known) {
                served.answer(&question, process);
            }
        }
        shutdown.sleep(TOGETHER);
    }
}
