use super::*;

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

#[test]
fn a_process_is_read_from_its_place() {
    let mut info = [0xee; BSD_BYTES];
    for (at, value) in
        [(at::STATUS, 5_u32), (at::PID, 42), (at::PPID, 1), (at::UID, 0), (at::REAL_UID, 501)]
    {
        put(&mut info, at, &value.to_ne_bytes());
    }
    put(&mut info, at::NAME, b"a) b\0junk");
    put(&mut info, at::START_SECONDS, &1_700_000_000_u64.to_ne_bytes());
    put(&mut info, at::START_MICROS, &250_000_u64.to_ne_bytes());

    let found = bsd(&info).unwrap();

    assert_eq!((found.pid, found.ppid, found.uid, found.effective_uid), (42, 1, 501, 0));
    assert_eq!((found.started, found.state), (1_700_000_000_250_000, State::Ended));
    assert_eq!(found.name.as_bytes(), b"a) b");
    put(&mut info, at::START_SECONDS, &u64::MAX.to_ne_bytes());
    assert!(bsd(&info).is_some());
    put(&mut info, at::START_SECONDS, &i64::MAX.to_ne_bytes());
    assert!(bsd(&info).is_none(), "a time out of range");
}

#[test]
fn cost_is_read_from_its_place() {
    let mut info = [0; TASK_BYTES];
    put(&mut info, at::RESIDENT, &4096_u64.to_ne_bytes());
    put(&mut info, at::USER_TIME, &100_u64.to_ne_bytes());
    put(&mut info, at::SYSTEM_TIME, &50_u64.to_ne_bytes());

    assert_eq!(task(&info), Some((150, 4096)));
    put(&mut info, at::USER_TIME, &u64::MAX.to_ne_bytes());
    assert_eq!(task(&info), None);
}

#[test]
fn a_folder_ends_at_its_zero() {
    let mut info = [0; FOLDERS_BYTES];
    assert_eq!(folder(&info), None);

    put(&mut info, FOLDER, b"/a b\0junk");

    assert_eq!(folder(&info), Some(&b"/a b"[..]));
    info[FOLDER..].fill(b'x');
    assert_eq!(folder(&info).map(<[u8]>::len), Some(PATH));
}

fn all(count: u32, rest: &[u8]) -> Vec<u8> {
    [&count.to_ne_bytes()[..], rest].concat()
}

#[test]
fn arguments_end_before_the_environment() {
    let answer = all(3, b"/bin/sh\0\0\0\0sh\0\0a b\0SECRET=1\0");

    let (arguments, is_cut) = arguments(&answer).unwrap();

    assert_eq!(arguments, b"sh\0\0a b\0");
    assert!(!is_cut);
}

#[test]
fn a_count_that_lies_reads_no_further_than_the_answer() {
    let (found, is_cut) = arguments(&all(u32::MAX, b"/x\0x\0y")).unwrap();

    assert_eq!((found, is_cut), (b"x\0y".to_vec(), true));
    assert_eq!(arguments(&all(0, b"/x\0x\0")), None);
    assert_eq!(arguments(&all(1, b"/x")), None, "no end of the path");
    assert_eq!(arguments(&all(1, b"/x\0\0\0")), None, "nothing but filling");
    assert_eq!(arguments(&[1, 0]), None);
}

#[test]
fn long_arguments_are_cut() {
    let mut rest = b"/x\0x\0".to_vec();
    rest.extend(std::iter::repeat_n(b'y', 2 * ARGV_BYTES));
    rest.push(0);

    let (found, is_cut) = arguments(&all(2, &rest)).unwrap();

    assert_eq!((found.len(), is_cut), (ARGV_BYTES, true));
}
