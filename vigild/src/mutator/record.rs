//! A journal row as bytes on the disk: always as many, with a sum over them. A row that a power cut
//! left half-written is told from a whole one, and rows are found by their number.

use vigil_proto::rpc::JournalRow;

/// Bytes of a row on the disk, and of the file's heading.
pub(super) const RECORD: usize = 160;
/// A row's own bytes and their length.
const BODY: usize = RECORD - SUM;
const SUM: usize = 8;

/// The first record of the file: what it is, in which version.
pub(super) fn heading() -> [u8; RECORD] {
    let mut heading = [0; RECORD];
    for (to, from) in heading.iter_mut().zip(b"vigil journal, version 1\n") {
        *to = *from;
    }
    heading
}

/// `row` as bytes; nothing if it has too many, which no row has.
pub(super) fn write(row: &JournalRow) -> Option<[u8; RECORD]> {
    let mut record = [0; RECORD];
    let (body, sum) = record.split_at_mut(BODY);
    let (length, body_after) = body.split_first_mut()?;
    let used = postcard::to_slice(row, body_after).ok()?.len();
    *length = u8::try_from(used).ok()?;
    sum.copy_from_slice(&checksum(body).to_le_bytes());
    Some(record)
}

/// The row that `record` is; nothing when it was not written whole, or not by us.
pub(super) fn read(record: &[u8; RECORD]) -> Option<JournalRow> {
    let (body, sum) = record.split_at(BODY);
    if sum != checksum(body).to_le_bytes() {
        return None;
    }
    let (length, rest) = body.split_first()?;
    let row = postcard::from_bytes(rest.get(..usize::from(*length))?).ok()?;
    // One spelling here as well.
    (write(&row)? == *record).then_some(row)
}

/// FNV-1a, 64 bits: against a disk that stopped in the middle, not against people. Those who can
/// write here can do anything.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
