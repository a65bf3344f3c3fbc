//! Answers whose processes are behind the proxy's clients, beside the proxy.

use std::{collections::VecDeque, time::Duration};

use vigil_platform::process;
use vigil_proto::{Timestamp, event::ProcessRef};

use super::{Options, owners::Owners};
use crate::{
    shutdown::Shutdown,
    source::{callers::Served, family::Families},
};

/// How long a wait for questions lasts before the end is looked for.
const WAIT: Duration = Duration::from_millis(500);
/// Questions within this time are answered together: each answer looks at open files.
const TOGETHER: Duration = Duration::from_millis(20);
/// The processes that are looked at first: whoever asked lately asks again.
const RECENT: usize = 8;

pub(super) fn run(options: &Options, served: &Served, shutdown: &Shutdown) {
    let mut owners = Owners::new(&options.holders);
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
            let row = process::row(pid).ok();
            let started = row.map(|row| Timestamp::from_micros(row.started));
            if let Some(process) = of_family(&options.families, pid, started) {
                served.answer(&question, process);
            }
        }
        shutdown.sleep(TOGETHER);
    }
}

/// The process `pid`, which began at this time if it still runs. The family's own word for it is the
/// one that other events have; but not its word for an earlier process of the same number.
fn of_family(families: &Families, pid: u32, started: Option<Timestamp>) -> Option<ProcessRef> {
    let member = families.agent_of(pid, started).map(|member| member.process);
    member.or(started.map(|started| ProcessRef { pid, started }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::family::Began;

    #[test]
    fn a_number_that_was_an_agents_is_not_its_for_ever() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let families = Families::default();
        let agent = ProcessRef { pid: 7, started: at(100) };
        families.change(|tree| {
            let program = Some((&b"/a/claude"[..], &b"claude\0"[..]));
            let began = Began { process: agent, parent: None, at: at(100), program };
            assert!(tree.began(began).unwrap().is_some());
            assert!(tree.ended(7, None, at(110)).is_some());
        });

        // To the kernel's table it began a little earlier than it was told.
        assert_eq!(of_family(&families, 7, Some(at(99))), Some(agent));
        assert_eq!(of_family(&families, 7, None), Some(agent), "it has ended since");
        let other = ProcessRef { pid: 7, started: at(120) };
        assert_eq!(of_family(&families, 7, Some(at(120))), Some(other));
    }
}
