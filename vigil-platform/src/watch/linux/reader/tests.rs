use std::process::{Command, Stdio};

use super::{super::super::WatchError, *};

/// A connector, unless there can be none here.
fn connector(options: Options) -> Option<Connector> {
    match Connector::open(options) {
        Ok(connector) => Some(connector),
        Err(
            error @ (WatchError::OtherNetwork | WatchError::Unanswered | WatchError::NotAllowed(_)),
        ) => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn what_the_kernel_drops_while_nobody_reads_is_told() {
    const PROCESSES: usize = 100;
    // As small as the kernel makes it: a few messages.
    let options = Options { receive_buffer: 1, ..Options::default() };
    let Some(connector) = connector(options) else { return };
    let queue = Queue::new(100_000, usize::MAX);
    let mut reader = Reader::new(&queue, options);
    for _ in 0..PROCESSES {
        Command::new("true").stdin(Stdio::null()).status().unwrap();
    }

    let mut received = 0;
    loop {
        reader.take_in(&connector).unwrap();
        if reader.waiting.is_empty() {
            break;
        }
        received += u64::try_from(reader.waiting.drain(..).len()).unwrap();
    }

    reader.push();
    let lost = queue.counters().lost.kernel;
    assert!(lost > 0);
    // A beginning, a program and an end of each: none goes missing in silence.
    assert!(received + lost >= 3 * u64::try_from(PROCESSES).unwrap(), "{received} and {lost}");
    assert!(matches!(queue.next(Duration::ZERO), Ok(Some(Event::Lost(told))) if told.kernel > 0));
    assert_eq!(reader.known.of(1), None, "what is remembered may be wrong now");
}

#[test]
fn the_kernel_does_not_queue_what_nobody_reads() {
    let Some(connector) = connector(Options::default()) else { return };
    for _ in 0..50 {
        std::thread::spawn(|| {}).join().unwrap();
    }
    Command::new("true").stdin(Stdio::null()).status().unwrap();

    let mut heard = Vec::new();
    while let Received::Message(message) = connector.receive().unwrap() {
        heard.push(message.heard);
    }

    assert!(heard.iter().any(|heard| matches!(heard, Heard::Exec { .. })));
    assert!(!heard.contains(&Heard::Nothing), "{heard:?}");
}

#[test]
fn times_are_told_by_the_wall() {
    let times = Times { since_boot: 5_000_000_000, since_1970: 1_700_000_000_000_000_000 };

    assert_eq!(times.at(4_000_000_000), 1_699_999_999_000_000);
    assert_eq!(times.at(5_000_001_000), 1_700_000_000_000_001);
}
