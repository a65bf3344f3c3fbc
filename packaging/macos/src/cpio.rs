//! The archive of the payload and of the scripts: cpio in its old portable form (POSIX "odc"),
//! numbers as octal digits. Read with every bound checked; owners and modes are changed in place.

use anyhow::{Context as _, Result, bail, ensure};

use crate::owners::Rights;

const MAGIC: &[u8] = b"070707";
const HEADER: usize = 76;
const END: &str = "TRAILER!!!";

const MODE: Field = Field(18, 6);
const UID: Field = Field(24, 6);
const GID: Field = Field(30, 6);
const NAME_SIZE: Field = Field(59, 6);
const FILE_SIZE: Field = Field(65, 11);

/// The kinds of file, of a mode's upper bits.
pub const KIND: u32 = 0o170_000;
pub const FOLDER: u32 = 0o040_000;
pub const FILE: u32 = 0o100_000;

/// A field of the header: where it begins, and how many digits it has.
#[derive(Clone, Copy)]
struct Field(usize, usize);

/// One thing in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: String,
    /// With the kind of file.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub bytes: Vec<u8>,
    /// Where its header begins.
    at: usize,
}

impl Entry {
    pub fn is_folder(&self) -> bool {
        self.mode & KIND == FOLDER
    }

    pub fn rights(&self) -> Rights {
        Rights { uid: self.uid, gid: self.gid, mode: self.mode & !KIND }
    }
}

/// Everything in it, in its order.
pub fn read(archive: &[u8]) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut at = 0;
    loop {
        let header = archive.get(at..at + HEADER).context("the archive has no end")?;
        ensure!(header.starts_with(MAGIC), "no header at byte {at} of the archive");
        let name_at = at + HEADER;
        let bytes_at = name_at + usize::try_from(number(header, NAME_SIZE)?)?;
        let end = bytes_at + usize::try_from(number(header, FILE_SIZE)?)?;
        let name = archive.get(name_at..bytes_at).context("a name is cut off")?;
        let name = name.strip_suffix(&[0]).context("a name has no end")?;
        let path = String::from_utf8(name.to_vec()).context("a name is not UTF-8")?;
        let bytes = archive.get(bytes_at..end).context("a file is cut off")?.to_vec();
        if path == END {
            let rest = archive.get(end..).unwrap_or_default();
            ensure!(
                rest.iter().all(|byte| *byte == 0),
                "something stands behind the archive's end"
            );
            return Ok(entries);
        }
        let mode = u32::try_from(number(header, MODE)?)?;
        if !matches!(mode & KIND, FOLDER | FILE) {
            bail!("{path} is neither a file nor a folder");
        }
        let (uid, gid) = (number(header, UID)?, number(header, GID)?);
        let (uid, gid) = (u32::try_from(uid)?, u32::try_from(gid)?);
        entries.push(Entry { path, mode, uid, gid, bytes, at });
        at = end;
    }
}

/// Gives every entry the rights that `rights` says.
pub fn give(archive: &mut [u8], rights: impl Fn(&Entry) -> Result<Rights>) -> Result<()> {
    for entry in read(archive)? {
        let Rights { uid, gid, mode } = rights(&entry)?;
        let header = archive.get_mut(entry.at..entry.at + HEADER).context("a header is gone")?;
        set(header, MODE, entry.mode & KIND | mode)?;
        set(header, UID, uid)?;
        set(header, GID, gid)?;
    }
    Ok(())
}

fn number(header: &[u8], Field(at, digits): Field) -> Result<u64> {
    let text = header.get(at..at + digits).context("a header is cut off")?;
    ensure!(text.iter().all(|digit| (b'0'..=b'7').contains(digit)), "a number is not octal");
    Ok(text.iter().fold(0, |sum, digit| sum << 3 | u64::from(digit - b'0')))
}

fn set(header: &mut [u8], Field(at, digits): Field, value: u32) -> Result<()> {
    let text = format!("{value:0digits$o}");
    let place = header.get_mut(at..at + digits).context("a header is cut off")?;
    ensure!(text.len() == digits, "{value} has no room");
    place.copy_from_slice(text.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{FILE, FOLDER, give, read};
    use crate::owners::Rights;

    fn record(name: &str, mode: u32, bytes: &[u8]) -> Vec<u8> {
        let (length, size) = (name.len() + 1, bytes.len());
        let mut record = format!(
            "070707{0:06o}{0:06o}{mode:06o}{0:06o}{0:06o}{1:06o}{0:06o}{0:011o}{length:06o}{size:011o}",
            0, 1
        )
        .into_bytes();
        record.extend(name.bytes().chain([0]).chain(bytes.iter().copied()));
        record
    }

    fn archive() -> Vec<u8> {
        [
            record(".", FOLDER | 0o755, b""),
            record("./a", FILE | 0o644, b"text"),
            record("TRAILER!!!", 0, b""),
            vec![0; 100],
        ]
        .concat()
    }

    #[test]
    fn what_is_written_is_read() {
        let entries = read(&archive()).unwrap();
        let seen: Vec<_> =
            entries.iter().map(|e| (e.path.as_str(), e.mode, &e.bytes[..])).collect();
        assert_eq!(seen, [(".", 0o040_755, &b""[..]), ("./a", 0o100_644, b"text")]);
    }

    #[test]
    fn rights_are_changed_in_place() {
        let mut archive = archive();
        let wanted = Rights { uid: 0, gid: 80, mode: 0o1755 };
        give(&mut archive, |_| Ok(wanted)).unwrap();
        let entries = read(&archive).unwrap();
        assert!(entries.iter().all(|entry| entry.rights() == wanted));
        assert!(entries[0].is_folder() && !entries[1].is_folder());
    }

    #[test]
    fn whatever_is_cut_off_is_an_error() {
        let whole = archive();
        for end in 0..whole.len() - 100 {
            assert!(read(&whole[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn links_and_devices_are_refused() {
        let archive = [record("./link", 0o120_777, b"/"), record("TRAILER!!!", 0, b"")].concat();
        assert!(read(&archive).is_err());
    }

    #[test]
    fn nothing_may_stand_behind_the_end() {
        let mut archive = archive();
        archive.push(1);
        assert!(read(&archive).is_err());
    }
}
