//! Makes a list's file. In memory an indicator is its key and what is said of it, 24 bytes and the
//! words; they are written out in one pass.

use std::{
    io::{self, Write},
    net::IpAddr,
};

use super::{
    entry::{self, Affected},
    key::{self, Key},
    table::{self, Header},
};

/// The most indicators of one list.
const MOST: usize = 4_000_000;
/// The most bytes that is said of them in all.
const MOST_BYTES: usize = 512 * 1024 * 1024;

/// Collects what a list says.
#[derive(Debug, Default)]
pub struct Builder {
    entries: Vec<(Key, u32)>,
    said: Vec<u8>,
    counts: Built,
}

/// How many indicators a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Packages, or versions of them.
    pub packages: u64,
    /// Host names.
    pub hosts: u64,
    /// Addresses.
    pub addresses: u64,
    /// URLs.
    pub urls: u64,
}

impl Builder {
    /// A package; `id` is the list's name for what it says of it. False where the list is full, as
    /// with all that follow.
    pub fn package(&mut self, ecosystem: &str, name: &str, id: &str, affected: &Affected) -> bool {
        let key = key::package(&super::ecosystem(ecosystem), name);
        let added = self.add(key, id, affected);
        self.counts.packages += u64::from(added);
        added
    }

    /// A host: a name or an address.
    pub fn host(&mut self, host: &str, id: &str, affected: &Affected) -> bool {
        let host = key::plain_host(host);
        if let Ok(address) = host.parse() {
            return self.address(address, id, affected);
        }
        let added = self.add(key::host(&host), id, affected);
        self.counts.hosts += u64::from(added);
        added
    }

    /// An address.
    pub fn address(&mut self, address: IpAddr, id: &str, affected: &Affected) -> bool {
        let added = self.add(key::address(address), id, affected);
        self.counts.addresses += u64::from(added);
        added
    }

    /// A URL. False also where it is none.
    pub fn url(&mut self, url: &str, id: &str, affected: &Affected) -> bool {
        let Some((key, _)) = key::url(url) else { return false };
        let added = self.add(key, id, affected);
        self.counts.urls += u64::from(added);
        added
    }

    /// How many there are so far.
    pub fn counts(&self) -> Built {
        self.counts
    }

    fn add(&mut self, key: Key, id: &str, affected: &Affected) -> bool {
        if self.entries.len() >= MOST || self.said.len() >= MOST_BYTES {
            return false;
        }
        let Ok(at) = u32::try_from(self.said.len()) else { return false };
        let mut said = Vec::with_capacity(32);
        entry::write(id, affected, &mut said);
        let Ok(len) = u32::try_from(said.len()) else { return false };
        self.said.extend_from_slice(&len.to_le_bytes());
        self.said.append(&mut said);
        self.entries.push((key, at));
        true
    }

    /// Writes the file. What is said twice is written once; the same indicators in any order make
    /// the same file.
    pub fn write(mut self, out: &mut dyn Write) -> io::Result<Built> {
        let said = std::mem::take(&mut self.said);
        let of = |at: u32| said_at(&said, at);
        self.entries
            .sort_unstable_by(|(a, at), (b, bt)| a.cmp(b).then_with(|| of(*at).cmp(of(*bt))));
        self.entries.dedup_by(|(a, at), (b, bt)| a == b && of(*at) == of(*bt));
        let mut header = Header::of(self.entries.len());
        // Keys are hashes and in order: a bucket is a run of them.
        let mut bucket = Vec::new();
        let mut sizes = vec![0_u32; header.buckets()];
        for (number, entries) in buckets(&self.entries, &header) {
            table::bucket(number, entries.iter().map(|(key, at)| (key, of(*at))), &mut bucket);
            let size = sizes.get_mut(number as usize);
            if let (Some(size), Ok(len)) = (size, u32::try_from(bucket.len())) {
                *size = len;
            }
        }
        header.bytes = header.data_at() + sizes.iter().map(|size| u64::from(*size)).sum::<u64>();
        if header.bytes > u64::from(u32::MAX) {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the list is too large"));
        }
        out.write_all(&header.to_bytes())?;
        let mut at = 0_u32;
        out.write_all(&at.to_le_bytes())?;
        for size in sizes {
            at = at.saturating_add(size);
            out.write_all(&at.to_le_bytes())?;
        }
        for (number, entries) in buckets(&self.entries, &header) {
            table::bucket(number, entries.iter().map(|(key, at)| (key, of(*at))), &mut bucket);
            out.write_all(&bucket)?;
        }
        Ok(self.counts)
    }
}

fn said_at(said: &[u8], at: u32) -> &[u8] {
    let rest = said.get(at as usize..).and_then(|rest| rest.split_first_chunk::<4>());
    rest.and_then(|(len, rest)| rest.get(..u32::from_le_bytes(*len) as usize)).unwrap_or_default()
}

/// The runs of entries that are in one bucket.
fn buckets<'a>(
    entries: &'a [(Key, u32)],
    header: &Header,
) -> impl Iterator<Item = (u32, &'a [(Key, u32)])> {
    let bits = header.bits;
    let runs = entries
        .chunk_by(move |(a, _), (b, _)| table::bucket_of(a, bits) == table::bucket_of(b, bits));
    runs.filter_map(move |run| Some((table::bucket_of(&run.first()?.0, bits), run)))
}
