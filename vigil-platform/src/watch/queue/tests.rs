use super::*;
use crate::{process::Details, process::Name, watch::Exit};

const NOW: Duration = Duration::ZERO;

fn change(pid: u32, bytes: usize) -> Change {
    let argv = Some(vec![b'x'; bytes]);
    Change {
        what: What::Exec,
        at: 0,
        pid,
        ppid: None,
        uid: None,
        acts_as: None,
        started: None,
        name: Name::default(),
        details: Some(Details { argv, ..Details::default() }),
    }
}

fn push(queue: &Queue, change: Change) {
    queue.push(&mut vec![Event::Change(change)]);
}

/// Numbers of the processes that are told, and in their place what is missing.
fn told(queue: &Queue) -> Vec<Result<u32, Lost>> {
    std::iter::from_fn(|| queue.next(NOW).unwrap())
        .map(|event| match event {
            Event::Change(change) => Ok(change.pid),
            Event::Lost(lost) => Err(lost),
        })
        .collect()
}

#[test]
fn what_does_not_fit_is_told_where_it_is_missing() {
    let queue = Queue::new(4, 1000);

    (1..=10).for_each(|pid| push(&queue, change(pid, 1)));
    assert!(matches!(queue.next(NOW), Ok(Some(Event::Change(Change { pid: 1, .. })))));
    assert!(matches!(queue.next(NOW), Ok(Some(Event::Change(Change { pid: 2, .. })))));
    push(&queue, change(11, 1));

    let missing = Lost { kernel: 0, queue: 6 };
    assert_eq!(told(&queue), [Ok(3), Ok(4), Err(missing), Ok(11)]);
    let counters = queue.counters();
    assert_eq!((counters.told, counters.execs, counters.incomplete), (5, 5, 5));
    assert_eq!(counters.lost, missing);
}

#[test]
fn the_last_loss_is_told_though_nothing_follows() {
    let queue = Queue::new(2, 1000);

    (1..=3).for_each(|pid| push(&queue, change(pid, 1)));
    queue.push(&mut vec![Event::Lost(Lost { kernel: 7, queue: 0 })]);

    assert_eq!(told(&queue), [Ok(1), Ok(2), Err(Lost { kernel: 7, queue: 1 })]);
    assert_eq!(told(&queue), []);
}

#[test]
fn bytes_are_bounded_and_a_single_event_always_fits() {
    let queue = Queue::new(100, 10);

    push(&queue, change(1, 50));
    push(&queue, change(2, 1));
    assert_eq!(told(&queue), [Ok(1), Err(Lost { kernel: 0, queue: 1 })]);
    push(&queue, change(3, 5));
    push(&queue, change(4, 5));
    push(&queue, change(5, 5));

    assert_eq!(told(&queue), [Ok(3), Ok(4), Err(Lost { kernel: 0, queue: 1 })]);
}

#[test]
fn its_end_is_told_after_everything_else() {
    let queue = Queue::new(4, 1000);
    let end = Change { what: What::Exit(Exit::Code(1)), details: None, ..change(1, 0) };

    push(&queue, end);
    queue.stop();

    assert!(matches!(queue.next(NOW), Ok(Some(Event::Change(_)))));
    assert!(matches!(queue.next(Duration::MAX), Err(WatchError::Stopped)));
}

#[test]
fn whoever_waits_is_woken() {
    let queue = Queue::new(4, 1000);

    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| queue.next(Duration::MAX));
        push(&queue, change(1, 1));
        assert!(matches!(waiting.join().unwrap(), Ok(Some(Event::Change(_)))));
    });
}

#[test]
fn whoever_brings_events_does_not_wait_for_whoever_takes_them() {
    let queue = Queue::new(4, 1000);
    let mut events = vec![Event::Change(change(1, 1))];

    let taking = queue.lock();
    assert!(!queue.try_push(&mut events));
    assert_eq!(events.len(), 1);
    drop(taking);

    assert!(queue.try_push(&mut events));
    assert_eq!(told(&queue), [Ok(1)]);
}
