//! The bill of materials: the list from which the installer knows what it installed. It is written
//! by `embala-pkg` and read by `apple-bom`; here its owners and modes are changed in place.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use apple_bom::{ParsedBom, format::BomBlockTree};

use crate::owners::Rights;

/// Where a record has its mode (16 bits), its owner and its group (32 bits each), all of them with
/// the upper byte first.
const MODE: usize = 4;
const UID: usize = 6;
const GID: usize = 10;

/// The bits of the kind of file.
const KIND: u16 = 0o170_000;

/// Gives every path the rights that `rights` says of it; `true` is for a folder, the number is the
/// mode as it is.
pub fn give(bom: &mut [u8], rights: impl Fn(&str, bool, u32) -> Result<Rights>) -> Result<()> {
    let mut changes = Vec::new();
    {
        let parsed = ParsedBom::parse(bom).context("the bill of materials cannot be read")?;
        for Record { path, at } in records(&parsed)? {
            let old = bom.get(at + MODE..at + UID).context("a record is cut off")?;
            let old = u16::from_be_bytes(old.try_into()?);
            let is_folder = old & KIND == 0o040_000;
            let Rights { uid, gid, mode } = rights(&path, is_folder, u32::from(old & !KIND))?;
            changes.push((at, old & KIND | u16::try_from(mode)?, uid, gid));
        }
    }
    for (at, mode, uid, gid) in changes {
        put(bom, at + MODE, &mode.to_be_bytes())?;
        put(bom, at + UID, &uid.to_be_bytes())?;
        put(bom, at + GID, &gid.to_be_bytes())?;
    }
    Ok(())
}

fn put(bom: &mut [u8], at: usize, bytes: &[u8]) -> Result<()> {
    let place = bom.get_mut(at..at + bytes.len()).context("a record is cut off")?;
    place.copy_from_slice(bytes);
    Ok(())
}

struct Record {
    path: String,
    /// Where it begins in the file.
    at: usize,
}

fn records(bom: &ParsedBom<'_>) -> Result<Vec<Record>> {
    let tree = bom.find_variable("Paths")?.block_index;
    let tree: BomBlockTree = bom.block_as_tree(usize::try_from(tree)?)?;
    let mut paths = tree.root_paths(bom)?;
    let mut named: HashMap<u32, String> = HashMap::new();
    let mut records = Vec::new();
    loop {
        for entry in &paths.paths {
            let info = entry.path_info(bom)?;
            let file = entry.file(bom)?;
            let name = file.string_file_name();
            let path = match file.parent_path_id {
                0 => name,
                parent => format!("{}/{name}", named.get(&parent).context("a path has no folder")?),
            };
            let block = bom.blocks.blocks.get(usize::try_from(info.path_record_index)?);
            let at = usize::try_from(block.context("a path has no record")?.file_offset)?;
            named.insert(info.path_id, path.clone());
            records.push(Record { path, at });
        }
        match paths.next_paths_block_index {
            0 => return Ok(records),
            next => paths = bom.block_as_paths(usize::try_from(next)?)?,
        }
    }
}

/// The checksum that a bill of materials has for a file: that of POSIX's `cksum`.
pub fn cksum(bytes: &[u8]) -> u32 {
    let mut length = bytes.len();
    let digits = std::iter::from_fn(|| {
        let digit = u8::try_from(length & 0xff).ok().filter(|_| length != 0)?;
        length >>= 8;
        Some(digit)
    });
    let step = |crc: u32, byte: u8| {
        (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
            if crc & 0x8000_0000 == 0 { crc << 1 } else { crc << 1 ^ 0x04c1_1db7 }
        })
    };
    !bytes.iter().copied().chain(digits).fold(0, step)
}

#[cfg(test)]
mod tests {
    use super::cksum;

    #[test]
    fn the_checksum_is_that_of_the_command() {
        // What `printf ... | cksum` prints.
        assert_eq!(cksum(b""), 4_294_967_295);
        assert_eq!(cksum(b"vigil\n"), 203_987_168);
    }
}
