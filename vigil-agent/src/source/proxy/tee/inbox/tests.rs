use std::time::Instant;

use super::{
    super::{Counters, Direction, Mailbox},
    *,
};

/// More than any test takes.
const AN_HOUR: Duration = Duration::from_hours(1);

#[test]
fn what_is_told_comes_in_order_and_after_the_last_sender_comes_nothing() {
    let (mailbox, mut inbox) = Mailbox::new(&Counters::default());
    let reader = thread::spawn(move || {
        let mut read = Vec::new();
        while let Some(message) = inbox.wait() {
            if let Message::Data { bytes, .. } = message {
                read.extend(bytes);
            }
        }
        read
    });
    let tee = mailbox.open(1, "api.example".into());
    for byte in 0..100 {
        tee.data(Direction::Response, &[byte]);
        thread::yield_now();
    }
    drop((tee, mailbox));

    assert_eq!(reader.join().unwrap(), (0..100).collect::<Vec<u8>>());
}

#[test]
fn a_sleeper_is_woken() {
    let (mailbox, mut inbox) = Mailbox::new(&Counters::default());
    inbox.looks = LOOKS;
    let reader = thread::spawn(move || inbox.wait().is_some());

    let _tee = mailbox.open(1, "api.example".into());

    assert!(reader.join().unwrap());
}

#[test]
fn much_ends_a_nap() {
    let nap = Arc::<Nap>::default();
    let (napping, began) = (Arc::clone(&nap), Instant::now());
    let sleeper = thread::spawn(move || {
        napping.thread.get_or_init(thread::current);
        napping.is_on.store(true, Ordering::Relaxed);
        while napping.is_on.load(Ordering::Relaxed) {
            thread::park_timeout(AN_HOUR);
        }
    });
    while !nap.is_on.load(Ordering::Relaxed) {
        thread::yield_now();
    }

    nap.disturb(MUCH - 1);
    assert!(nap.is_on.load(Ordering::Relaxed), "little disturbs nobody");
    nap.disturb(MUCH);

    sleeper.join().unwrap();
    assert!(began.elapsed() < AN_HOUR);
}
