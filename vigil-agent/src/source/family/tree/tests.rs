use vigil_proto::{Timestamp, event::ProcessRef};

use super::{Began, Full, MOST, Node, Scope, Tree};

const CLAUDE: (&[u8], &[u8]) = (b"/a/claude", b"claude\0");
const CODEX_SHIM: (&[u8], &[u8]) = (b"/usr/bin/node", b"node\0/usr/bin/codex\0");
const CODEX: (&[u8], &[u8]) = (b"/a/codex", b"/a/codex\0");
const BASH: (&[u8], &[u8]) = (b"/bin/bash", b"bash\0-c\0x\0");

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn process(pid: u32) -> ProcessRef {
    ProcessRef { pid, started: at(100 + i64::from(pid)) }
}

/// A tree to which things happen one after the other.
#[derive(Default)]
struct Story {
    tree: Tree,
}

impl Story {
    fn tell(&mut self, pid: u32, parent: u32, program: Option<(&[u8], &[u8])>) -> Option<&Node> {
        let process = process(pid);
        let parent = Some((parent, None));
        self.tree.began(Began { process, parent, at: process.started, program }).unwrap()
    }

    fn fork(&mut self, pid: u32, parent: u32) -> bool {
        self.tell(pid, parent, None).is_some()
    }

    fn run(&mut self, pid: u32, parent: u32, program: (&[u8], &[u8])) -> Option<u32> {
        self.fork(pid, parent);
        self.tell(pid, parent, Some(program)).map(|node| node.member().root.pid)
    }

    fn exit(&mut self, pid: u32) -> bool {
        self.tree.ended(pid, None, at(200 + i64::from(pid))).is_some()
    }

    fn root(&self, pid: u32) -> Option<u32> {
        self.tree.find(pid, None).map(|node| node.member().root.pid)
    }

    fn parent(&self, pid: u32) -> Option<u32> {
        self.tree.find(pid, None)?.parent().map(|parent| parent.pid)
    }
}

#[test]
fn everything_below_an_agent_is_its_own_and_nothing_else() {
    let mut story = Story::default();

    assert_eq!(story.run(1, 0, BASH), None);
    assert_eq!(story.run(2, 1, CLAUDE), Some(2));
    assert_eq!(story.run(3, 2, BASH), Some(2));
    assert!(story.fork(4, 3));
    assert_eq!(story.run(5, 4, BASH), Some(2));
    assert_eq!(story.run(6, 1, BASH), None);

    // A process that became no program of its own is left out of the chain.
    assert_eq!(story.parent(5), Some(3));
    assert_eq!(story.parent(3), Some(2));
    assert_eq!(story.parent(2), None);
    assert_eq!(story.tree.living().count(), 4);
}

#[test]
fn a_shim_and_its_native_child_are_one_agent() {
    let mut story = Story::default();

    assert_eq!(story.run(1, 0, CODEX_SHIM), Some(1));
    assert_eq!(story.run(2, 1, CODEX), Some(1));
    assert_eq!(story.run(3, 2, CODEX), Some(1));
    assert_eq!(story.tree.find(2, None).unwrap().outer(), None);
}

#[test]
fn an_agent_within_an_agent_is_one_of_its_own() {
    let mut story = Story::default();
    story.run(1, 0, CLAUDE);
    story.run(2, 1, BASH);

    assert_eq!(story.run(3, 2, CODEX_SHIM), Some(3));
    assert_eq!(story.run(4, 3, CODEX), Some(3));
    // Of the same client too, when a shell began it; also when the shell made room for it.
    assert_eq!(story.run(5, 2, CLAUDE), Some(5));
    assert_eq!(story.run(6, 1, BASH), Some(1));
    assert_eq!(story.run(6, 1, CLAUDE), Some(6));

    for (pid, client) in [(4, "codex"), (5, "claude-code"), (6, "claude-code")] {
        let node = story.tree.find(pid, None).unwrap();
        assert_eq!(node.member().client, client);
        assert_eq!(node.outer(), Some(process(1)), "{pid}");
    }
    assert_eq!(story.parent(3), Some(2));
}

#[test]
fn children_keep_their_family_when_their_parents_are_gone() {
    let mut story = Story::default();
    story.run(1, 0, CLAUDE);
    // A daemon: twice forked, its parents gone before it becomes a program.
    assert!(story.fork(2, 1) && story.fork(3, 2));
    assert!(story.exit(2));
    assert_eq!(story.run(3, 2, BASH), Some(1));
    assert!(story.exit(1));

    assert_eq!(story.run(4, 3, BASH), Some(1));
    // Its parent is told as the one that took it over, and it is known already.
    assert_eq!(story.tell(4, 0, Some(BASH)).unwrap().member().root.pid, 1);
}

#[test]
fn a_parent_that_ended_before_its_child_was_heard_of_is_remembered_for_a_while() {
    let mut story = Story::default();
    story.run(1, 0, CLAUDE);
    story.run(2, 1, BASH);
    story.exit(2);

    assert_eq!(story.run(3, 2, BASH), Some(1));
    story.tree.forget(at(203));
    assert_eq!(story.root(2), Some(1));
    story.tree.forget(at(203 + 180));
    assert_eq!(story.root(2), None);
    assert_eq!(story.root(3), Some(1), "it runs");
}

#[test]
fn a_number_that_is_used_again_is_another_process() {
    let mut story = Story::default();
    story.run(1, 0, CLAUDE);
    story.run(2, 1, BASH);
    story.exit(2);

    // The same number below a process that is no agent's.
    let again = ProcessRef { pid: 2, started: at(5_000) };
    let began = Began { process: again, parent: Some((77, None)), at: at(5_000), program: None };
    assert!(story.tree.began(began).unwrap().is_none());
    assert_eq!(story.root(2), None);

    // And without its end, which was lost.
    story.run(3, 1, BASH);
    let again = ProcessRef { pid: 3, started: at(5_000) };
    let began = Began { process: again, parent: Some((77, None)), at: at(5_000), program: None };
    assert!(story.tree.began(began).unwrap().is_none());

    // An end of the earlier one that is told late ends nothing.
    story.run(4, 1, BASH);
    assert!(story.tree.ended(4, Some(at(7)), at(8)).is_none());
    assert!(story.tree.find(4, Some(at(7))).is_none());
    assert!(story.exit(4));
    assert!(!story.exit(4), "it has ended");
}

#[test]
fn a_parent_that_is_younger_than_its_child_is_none() {
    let mut story = Story::default();
    story.run(50, 0, CLAUDE);

    let old = ProcessRef { pid: 3, started: at(10) };
    let began = Began { process: old, parent: Some((50, None)), at: at(10), program: Some(BASH) };

    assert!(story.tree.began(began).unwrap().is_none());
}

#[test]
fn a_process_that_had_ended_begins_no_other() {
    let mut story = Story::default();
    story.run(1, 0, CLAUDE);
    story.run(2, 1, BASH);
    assert!(story.exit(2));

    // Its number was used again by a process that nobody told of.
    let child = ProcessRef { pid: 3, started: at(210) };
    let began = Began { process: child, parent: Some((2, None)), at: at(210), program: Some(BASH) };

    assert!(story.tree.began(began).unwrap().is_none());
}

#[test]
fn what_was_told_twice_changes_nothing() {
    let mut story = Story::default();
    for _ in 0..2 {
        story.tell(1, 0, Some(CLAUDE));
        story.tell(2, 1, Some(BASH));
    }

    assert_eq!(story.tree.living().count(), 2);
    assert_eq!((story.root(2), story.parent(2)), (Some(1), Some(1)));
}

#[test]
fn there_is_an_end_to_what_is_followed() {
    let mut story = Story::default();
    let began = |pid| Began {
        process: process(pid),
        parent: Some((1, None)),
        at: at(1_000_000),
        program: (pid == 1).then_some(CLAUDE),
    };
    let most = u32::try_from(MOST).unwrap();
    for pid in 1..=most {
        assert!(story.tree.began(began(pid)).unwrap().is_some());
    }

    assert_eq!(story.tree.began(began(most + 1)).unwrap_err(), Full);
    assert!(story.exit(2));
    story.tree.forget(at(1_000_000));
    assert!(story.tree.began(began(most + 1)).unwrap().is_some());
}

#[test]
fn within_a_scope_what_others_began_is_no_agent() {
    let scope = Scope { above: 1, descends: |pid, above| above == 1 && pid == 5 };
    let mut story = Story { tree: Tree::within(scope) };

    assert_eq!(story.run(2, 1, CLAUDE), Some(2));
    assert_eq!(story.run(20, 2, BASH), Some(2), "below an agent the scope is not asked again");
    assert_eq!(story.run(21, 5, CLAUDE), Some(21), "it may have ended, and its parent not");
    assert_eq!(story.run(30, 9, CLAUDE), None);
    assert_eq!(story.run(31, 30, BASH), None);
}
