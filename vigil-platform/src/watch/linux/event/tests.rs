use super::*;

/// A message of the kernel's: 76 bytes, as measured on Linux 6.18.
fn message(what: u32, data: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0; 76];
    bytes[0..4].copy_from_slice(&76_u32.to_ne_bytes());
    bytes[4..6].copy_from_slice(&NLMSG_DONE.to_ne_bytes());
    bytes[16..20].copy_from_slice(&1_u32.to_ne_bytes());
    bytes[20..24].copy_from_slice(&1_u32.to_ne_bytes());
    bytes[28..32].copy_from_slice(&7_u32.to_ne_bytes());
    bytes[36..40].copy_from_slice(&what.to_ne_bytes());
    bytes[44..52].copy_from_slice(&123_456_789_u64.to_ne_bytes());
    for (to, word) in bytes[52..].chunks_exact_mut(4).zip(data) {
        to.copy_from_slice(&word.to_ne_bytes());
    }
    bytes
}

fn heard(what: u32, data: &[u32]) -> Heard {
    let message = parse(&message(what, data)).unwrap();
    assert_eq!(message.time, 123_456_789);
    message.heard
}

#[test]
fn what_happens_to_a_process_is_read() {
    assert_eq!(heard(FORK, &[10, 11, 20, 20]), Heard::Fork { pid: 20, parent: 11 });
    assert_eq!(heard(EXEC, &[20, 20]), Heard::Exec { pid: 20 });
    assert_eq!(heard(UID, &[20, 20, 1000, 0]), Heard::User { pid: 20, uid: 1000 });
    assert_eq!(heard(EXIT, &[20, 20, 0x700, 17]), Heard::Exit { pid: 20, how: Exit::Code(7) });
    assert_eq!(heard(EXIT, &[20, 20, 9, 17]), Heard::Exit { pid: 20, how: Exit::Signal(9) });
    let dumped = 0x80 + 11;
    assert_eq!(heard(EXIT, &[20, 20, dumped, 17]), Heard::Exit { pid: 20, how: Exit::Signal(11) });
    assert_eq!(heard(NONE, &[1]), Heard::Answer { ack: 7, error: 1 });
}

#[test]
fn what_happens_to_a_thread_is_passed_over() {
    assert_eq!(heard(FORK, &[10, 10, 21, 20]), Heard::Nothing);
    assert_eq!(heard(EXIT, &[21, 20, 0, 17]), Heard::Nothing);
    assert_eq!(heard(UID, &[21, 20, 0, 0]), Heard::Nothing);
    assert_eq!(heard(0x200, &[20, 20]), Heard::Nothing, "a name");
    assert_eq!(heard(u32::MAX, &[]), Heard::Nothing);
}

#[test]
fn a_message_cut_short_or_of_another_sender_is_none() {
    let whole = message(EXIT, &[20, 20, 0, 17]);

    for length in 0..64 {
        assert_eq!(parse(&whole[..length]), None, "{length} bytes");
    }
    let mut other = whole;
    other[16] = 2;
    assert_eq!(parse(&other), None);
}

#[test]
fn a_subscription_has_the_form_that_the_kernel_reads() {
    let all = listen(42, None);
    let some = listen(42, Some(EXEC | EXIT));

    assert_eq!((all.len(), some.len()), (40, 44));
    for message in [&all, &some] {
        let length = u32::try_from(message.len()).unwrap();
        assert_eq!(message[0..4], length.to_ne_bytes());
        assert_eq!(message[28..32], 42_u32.to_ne_bytes());
        assert_eq!(message[32..34], u16::try_from(length - 36).unwrap().to_ne_bytes());
        assert_eq!(message[36..40], PROC_CN_MCAST_LISTEN.to_ne_bytes());
    }
    assert_eq!(some[40..44], 0x8000_0002_u32.to_ne_bytes());
}
