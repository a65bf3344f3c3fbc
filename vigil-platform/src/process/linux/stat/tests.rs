use super::*;

/// A line as the kernel writes it, with this name.
fn line(name: &[u8]) -> Vec<u8> {
    let mut line = b"4242 (".to_vec();
    line.extend(name);
    line.extend(b") S 1 4242 4242 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 123456 5000000 321 ");
    line.extend(
        b"18446744073709551615 11 22 33 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 44 55 0 0 0\n",
    );
    line
}

#[test]
fn a_name_may_hold_anything() {
    for name in
        [&b"sh"[..], b"", b"a) R (b\n", b")", b"((", b") Z 1 2 3", b"\xff\xfe\n\n) S 0", b"x y z"]
    {
        let stat = parse(&line(name)).unwrap();

        assert_eq!(stat.name.as_bytes(), name, "{}", name.escape_ascii());
        assert_eq!((stat.state, stat.ppid, stat.threads), (State::Sleeping, 1, 3));
        assert_eq!((stat.cpu_us, stat.start_ticks, stat.rss_pages), (3_000_000, 123_456, 321));
        assert_eq!(stat.image, [11, 22, 33, 44, 55]);
    }
}

#[test]
fn a_long_name_of_the_kernels_is_cut() {
    let stat = parse(&line(b"kworker/u8:2-events_unbound")).unwrap();

    assert_eq!(stat.name.as_bytes(), b"kworker/u8:2-eve");
}

#[test]
fn a_line_cut_short_is_nothing() {
    let whole = line(b"a) b");
    // After the last field that is read, what follows does not matter.
    let needed = whole.len() - b"5 0 0 0\n".len();

    for length in 0..whole.len() {
        assert_eq!(parse(&whole[..length]).is_some(), length >= needed, "{length} bytes");
    }
}

#[test]
fn numbers_that_are_none_are_nothing() {
    let text = String::from_utf8(line(b"sh")).unwrap();

    assert!(parse(text.replace("123456", "12x").as_bytes()).is_none());
    assert!(parse(text.replace("123456", "99999999999999999999999").as_bytes()).is_none());
    assert!(parse(text.replace(" 250 ", " 18446744073709551615 ").as_bytes()).is_none());
    assert_eq!(parse(text.replace("123456", "-1").as_bytes()).unwrap().start_ticks, 0);
}

#[test]
fn users_are_the_real_and_the_effective_one() {
    let status =
        b"Name:\tUid:\\n\nUmask:\t0022\nState:\tS\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n";

    assert_eq!(users(status), Some((1000, 0)));
    assert_eq!(users(b"Name:\tx\n"), None);
    assert_eq!(users(b"Uid:\t1000\t0\n"), None, "cut short");
    assert_eq!(users(b"Uid:\t4294967296\t0\t0\t0\n"), None);
}

#[test]
fn a_start_is_the_same_each_time_and_never_overflows() {
    assert_eq!(started(100).unwrap() - started(0).unwrap(), 1_000_000);
    assert!(started(u64::MAX).is_err());
    assert!(started(i64::MAX.unsigned_abs() / TICK_US).is_err());
}
