//! The sums in `Cargo.lock`.

use std::collections::BTreeMap;

use super::Crate;

/// SHA-256 of each crate that comes from the registry.
pub(super) fn sums(lock: &str) -> BTreeMap<Crate, String> {
    let mut sums = BTreeMap::new();
    for block in lock.split("[[package]]") {
        let field = |name: &str| {
            let line =
                block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""))?;
            Some(line.strip_suffix('"')?.to_owned())
        };
        if let (Some(name), Some(version), Some(sum)) =
            (field("name"), field("version"), field("checksum"))
        {
            sums.insert((name, version), sum);
        }
    }
    sums
}
