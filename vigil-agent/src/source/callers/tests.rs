use vigil_proto::Timestamp;

use super::*;

const LONG: Duration = Duration::from_mins(1);

fn process(pid: u32) -> ProcessRef {
    ProcessRef { pid, started: Timestamp::from_micros(pid.into()) }
}

#[test]
fn a_client_is_told_to_whoever_asks_for_it() {
    let callers = Callers::default();
    let served = callers.serve();
    let (one, other) = (callers.announce(7), callers.announce(8));
    let asker = std::thread::spawn(move || one.process(LONG));

    for question in served.wait(LONG) {
        if question.inode == 7 {
            served.answer(&question, process(70));
        }
    }

    assert_eq!(asker.join().unwrap(), Some(process(70)));
    assert_eq!(other.process(LONG), None, "it was dropped without an answer");
    assert_eq!(callers.found(), [process(70)]);
}

#[test]
fn nobody_waits_for_an_answer_that_nobody_gives() {
    let callers = Callers::default();
    assert_eq!(callers.announce(7).process(LONG), None, "nobody serves yet");

    let served = callers.serve();
    let waiting = callers.announce(8);
    drop(served);

    assert_eq!(waiting.process(LONG), None);
    assert_eq!(callers.announce(9).process(LONG), None);
}

#[test]
fn too_many_are_not_kept() {
    let callers = Callers::default();
    let served = callers.serve();
    let all: Vec<_> = (0..=WAITING as u64).map(|inode| callers.announce(inode)).collect();

    assert_eq!(all.last().unwrap().process(LONG), None);
    let questions = served.wait(LONG);
    assert_eq!(questions.len(), WAITING);
    for (question, pid) in questions.into_iter().zip(1..) {
        served.answer(&question, process(pid));
    }
    assert_eq!(callers.found().len(), REMEMBERED);
    assert!(callers.found().contains(&process(4096)), "the last ones are remembered");
}
