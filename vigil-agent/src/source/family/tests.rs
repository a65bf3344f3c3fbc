use vigil_proto::{Timestamp, event::ProcessRef};

use super::{Began, Families};

#[test]
fn what_one_holder_is_told_every_other_knows() {
    let (families, network) = (Families::default(), Families::default());
    let shared = families.clone();
    let at = Timestamp::from_micros(1_000_000);
    let process = ProcessRef { pid: 7, started: at };

    families.change(|tree| {
        let program = Some((&b"/usr/bin/codex"[..], &b"codex\0"[..]));
        tree.began(Began { process, parent: None, at, program }).unwrap();
    });

    let member = shared.agent_of(7, None).unwrap();
    assert_eq!((member.client, member.root, member.process), ("codex", process, process));
    assert_eq!(shared.agent_of(7, Some(at)), Some(member));
    assert_eq!(shared.members(), [member]);
    assert_eq!(shared.agent_of(8, None), None);
    assert_eq!(network.members(), []);
}
