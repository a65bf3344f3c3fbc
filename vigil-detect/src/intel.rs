//! What others have found to be malicious, brought in by the user: packages, hosts, addresses, URLs.
//!
//! A [`Table`] is one list, in a file that is asked in place: a question reads a few hundred bytes of
//! it and nothing is parsed before. [`Builder`] makes such a file. Neither opens one: whoever has it
//! gives a function that reads from it.

use std::{io, net::IpAddr, sync::Arc};

use vigil_proto::Timestamp;

mod builder;
mod contacts;
mod entry;
mod key;
mod table;
mod version;

pub use self::{
    builder::{Builder, Built},
    contacts::Contacts,
    entry::{Affected, Range},
    table::{BadTable, Table},
    version::compare,
};
pub use vigil_proto::registry::ecosystem;

/// Fills the buffer with the bytes of a list that begin here.
pub type ReadAt = Box<dyn Fn(u64, &mut [u8]) -> io::Result<()> + Send + Sync>;

/// A set of indicators. Empty until something is imported.
#[derive(Clone, Debug, Default)]
pub struct Intel {
    tables: Arc<[Table]>,
    made: Option<Timestamp>,
}

/// That something is listed, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The list that says so, and its name for it (`osv-npm:MAL-2025-1`).
    pub by: String,
    /// False where only some versions are meant and the version is not known, where only some ports of
    /// an address are, or where the list itself is not sure.
    pub certain: bool,
}

impl Intel {
    /// The set of these lists.
    pub fn new(tables: Vec<Table>) -> Self {
        Self { tables: tables.into(), made: None }
    }

    /// The same set, of which the newest list was brought in at this time.
    #[must_use]
    pub fn made_at(self, made: Option<Timestamp>) -> Self {
        Self { made, ..self }
    }

    /// When the newest list of it was brought in; none when there is none.
    pub const fn made(&self) -> Option<Timestamp> {
        self.made
    }

    /// True while nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|table| table.entries() == 0)
    }

    /// The lists that turned out to be damaged while they were asked.
    pub fn damaged(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().filter(|table| table.is_damaged()).map(Table::name)
    }

    /// What is said of this version of a package; of an unknown version, whether any is listed.
    pub fn package(&self, ecosystem: &str, name: &str, version: Option<&str>) -> Option<Listed> {
        let ecosystem = self::ecosystem(ecosystem);
        let key = key::package(&ecosystem, name);
        self.worst(&key, &mut |affected| affected.package(&ecosystem, version))
    }

    /// What is said of a host: a name, as it is and without `www.`, or an address.
    pub fn host(&self, host: &str) -> Option<Listed> {
        let host = key::plain_host(host);
        if let Ok(address) = host.parse() {
            return self.address(address);
        }
        let key = key::host(&host);
        self.worst(&key, &mut |affected| Some(affected.place(None))).or_else(|| {
            let key = key::host(host.strip_prefix("www.")?);
            self.worst(&key, &mut |affected| Some(affected.place(None)))
        })
    }

    /// What is said of an address.
    pub fn address(&self, address: IpAddr) -> Option<Listed> {
        let key = key::address(address);
        self.worst(&key, &mut |affected| Some(affected.place(None)))
    }

    /// What is said of a host at this port: sure also where a list names the port.
    pub fn endpoint(&self, host: &str, port: u16) -> Option<Listed> {
        let plain = key::plain_host(host);
        match plain.parse() {
            Ok(address) => {
                let key = key::address(address);
                self.worst(&key, &mut |affected| Some(affected.place(Some(port))))
            }
            Err(_) => self.host(&plain),
        }
    }

    /// What is said of a URL: itself or its host.
    pub fn url(&self, url: &str) -> Option<Listed> {
        let (whole, host) = key::url(url)?;
        self.worst(&whole, &mut |affected| Some(affected.place(None))).or_else(|| self.host(&host))
    }

    /// The surest of what the lists have for `key`, as `judge` reads each of it.
    fn worst(
        &self,
        key: &key::Key,
        judge: &mut dyn FnMut(&Affected) -> Option<bool>,
    ) -> Option<Listed> {
        let mut worst: Option<Listed> = None;
        for table in self.tables.iter() {
            table.each(key, &mut |id, affected| {
                let Some(certain) = judge(affected) else { return };
                if worst.as_ref().is_none_or(|worst| certain && !worst.certain) {
                    let name = table.name();
                    let by = if id.is_empty() { name.to_owned() } else { format!("{name}:{id}") };
                    worst = Some(Listed { by, certain });
                }
            });
        }
        worst
    }
}

#[cfg(test)]
mod tests;
