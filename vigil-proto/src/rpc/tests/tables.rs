//! Pages are filled up to what a frame carries.

use super::samples::process;
use crate::rpc::{
    ARGV_BYTES, BoundedBytes, BoundedVec, Details, Filling, HOLDERS, PATH_BYTES, PROCESS_ROWS,
    ProcessRow, Response, SocketOwner, Uid, frame,
};

fn largest() -> ProcessRow {
    let path = || Some(BoundedBytes::cut(&[b'p'; PATH_BYTES]));
    let argv = Some(BoundedBytes::cut(&[b'a'; ARGV_BYTES]));
    let details = Details { exe: path(), argv, argv_cut: true, cwd: path() };
    ProcessRow {
        cpu_us: u64::MAX,
        rss: u64::MAX,
        name: BoundedBytes::cut(&[b'n'; 16]),
        details: Some(details),
        ..process()
    }
}

#[test]
fn a_page_of_the_largest_rows_fits_a_frame() {
    let mut page = Filling::<_, PROCESS_ROWS>::new(PROCESS_ROWS);
    let fitted = (0..PROCESS_ROWS).take_while(|_| page.push(largest()).is_ok()).count();

    let next = Some(super::samples::cursor(u64::MAX));
    let frame = frame::encode(u32::MAX, &Response::Processes(page.finish(next))).unwrap();

    assert_eq!(fitted, 10);
    assert!(frame.len() - 4 <= frame::RESPONSE_CAP);
}

#[test]
fn a_page_is_filled_to_the_last_byte_that_is_sure() {
    // Rows of one byte less and one more than what is left: the page never overflows.
    for size in 0..64 {
        let mut page = Filling::<BoundedBytes<PATH_BYTES>, 1024>::new(1024);
        while page.push(BoundedBytes::cut(&vec![0; PATH_BYTES - size])).is_ok() {}
        let page = page.finish(None);
        let bytes = postcard::to_allocvec(&page).unwrap();
        assert!(bytes.len() + 16 <= frame::RESPONSE_CAP, "{size}");
    }
}

#[test]
fn a_page_holds_no_more_rows_than_asked_for() {
    let mut page = Filling::<_, PROCESS_ROWS>::new(2);

    assert!(page.push(process()).is_ok() && page.push(process()).is_ok());
    assert_eq!(page.push(process()), Err(process()));
    assert_eq!(page.finish(None).rows.len(), 2);
}

#[test]
fn an_answer_that_was_not_kept_within_a_frame_is_not_sent() {
    let rows = BoundedVec::new(vec![largest(); 11]).unwrap();

    let sent = frame::encode(1, &Response::Processes(crate::rpc::Page { rows, next: None }));

    assert!(matches!(sent, Err(frame::FrameError::TooLong(_))), "{sent:?}");
}

#[test]
fn the_largest_owner_fits_a_frame() {
    let holders = BoundedVec::new(vec![largest(); HOLDERS]).unwrap();
    let owner = SocketOwner { uid: Uid::new(0).unwrap(), inode: u64::MAX, holders };

    assert!(frame::encode(1, &Response::SocketOwner(Some(owner))).is_ok());
}
