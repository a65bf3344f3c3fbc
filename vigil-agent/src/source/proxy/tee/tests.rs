use super::*;

/// Everything that waits in the mailbox, without letting go of it.
fn waiting(inbox: &Inbox) -> Vec<Message> {
    std::iter::from_fn(|| inbox.next()).collect()
}

#[test]
fn single_bytes_cannot_fill_the_memory() {
    let (mailbox, inbox) = Mailbox::new(&Counters::default());
    let tee = mailbox.open(1, "api.example".into());

    for _ in 0..100_000 {
        tee.data(Direction::Response, b"x");
    }

    let kept = waiting(&inbox).len();
    assert!(kept <= FLOW_MAX / MESSAGE_COST + 1, "{kept} copies wait");
}

#[test]
fn many_small_requests_cannot_fill_the_memory() {
    let (mailbox, inbox) = Mailbox::new(&Counters::default());
    let tee = mailbox.open(1, "api.example".into());

    let request = vec![b'x'; 100_000];
    for _ in 0..10_000 {
        tee.begin();
        tee.data(Direction::Request, b"GET / HTTP/1.1\r\n\r\n");
        tee.data(Direction::Request, &request);
    }

    let kept = waiting(&inbox).len();
    assert!(kept <= 2 * (FLOW_MAX + RESERVE) / MESSAGE_COST + 2, "{kept} messages wait");
}

#[test]
fn after_a_loss_the_next_request_is_read_once_there_is_room() {
    let (mailbox, inbox) = Mailbox::new(&Counters::default());
    let tee = mailbox.open(1, "api.example".into());
    tee.data(Direction::Response, &vec![0; FLOW_MAX - MESSAGE_COST]);
    tee.data(Direction::Response, &[0; 1000]);
    // The reserve takes one exchange, and is then used up too.
    tee.begin();
    tee.data(Direction::Request, &vec![0; RESERVE - 2 * MESSAGE_COST]);
    tee.data(Direction::Request, &[0; 10]);
    tee.begin();

    // The inspector catches up.
    let heard = waiting(&inbox);
    assert!(matches!(
        heard.get(2..),
        Some([
            Message::Lost { bytes: 1000, .. },
            Message::Begin { resync: true, .. },
            Message::Data { .. },
        ])
    ));
    drop(heard);
    tee.begin();
    tee.data(Direction::Request, b"GET");

    let heard = waiting(&inbox);
    assert!(matches!(
        heard.as_slice(),
        [
            Message::Lost { bytes: 10, .. },
            Message::Begin { resync: true, .. },
            Message::Data { .. },
        ]
    ));
}
