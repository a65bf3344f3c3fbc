//! A tar, read from its beginning to its end: regular files alone.

use std::io::{self, BufRead, BufReader, Read};

use super::{ArchiveError, BUFFER, Each, FILES_MAX};

const BLOCK: usize = 512;

/// Whether these are the first bytes of one.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.get(257..262).is_some_and(|magic| magic == b"ustar")
}

pub(super) fn each(
    tar: &mut dyn BufRead,
    each: &mut Each<'_>,
    skip: &mut dyn FnMut(&'static str, &str),
) -> Result<(), ArchiveError> {
    for files in 0.. {
        if files > FILES_MAX {
            return Err(ArchiveError::TooLarge("too many files"));
        }
        let mut head = [0; BLOCK];
        if let Err(error) = tar.read_exact(&mut head) {
            // Some writers leave the empty blocks at the end away.
            if error.kind() == io::ErrorKind::UnexpectedEof && files > 0 {
                return Ok(());
            }
            return Err(error.into());
        }
        if head.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        if !begins(&head) || !is_sound(&head) {
            return Err(ArchiveError::Damaged("a file in it has no head"));
        }
        let field = |from: usize, to: usize| head.get(from..to).unwrap_or_default();
        let size =
            number(field(124, 136)).ok_or(ArchiveError::Damaged("a length in it is none"))?;
        let name = String::from_utf8_lossy(field(0, 100));
        let name = name.trim_end_matches('\0').rsplit('/').next().unwrap_or_default().to_owned();
        let mut content = (&mut *tar).take(size);
        match head.get(156) {
            Some(b'0' | 0) if size > 0 => {
                let mut text = BufReader::with_capacity(
                    BUFFER.min(usize::try_from(size).unwrap_or(BUFFER)),
                    &mut content,
                );
                each(&name, &mut text)?;
            }
            // Folders, longer names and what else is said of files; links have no content.
            Some(b'0' | 0 | b'1' | b'2' | b'5' | b'g' | b'x' | b'L' | b'K') => {}
            _ => skip("no-file", &name),
        }
        io::copy(&mut content, &mut io::sink())?;
        if content.limit() > 0 {
            return Err(ArchiveError::Damaged("it ends within a file"));
        }
        let filler = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        let skipped = io::copy(&mut (&mut *tar).take(filler), &mut io::sink())?;
        if skipped < filler {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether the head's sum is right, its own field taken for spaces.
fn is_sound(head: &[u8; BLOCK]) -> bool {
    let bytes = head.iter().enumerate();
    let sum: u64 =
        bytes.map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) }).sum();
    head.get(148..156).and_then(number) == Some(sum)
}

/// Octal digits, or a large number in base 256.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((first, rest)) = field.split_first()
        && first & 0x80 != 0
    {
        let first = u64::from(first & 0x7f);
        return rest.iter().try_fold(first, |number, byte| {
            number.checked_mul(256)?.checked_add(u64::from(*byte))
        });
    }
    let text = std::str::from_utf8(field).ok()?;
    let text = text.trim_matches(['\0', ' ']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}
