//! A certificate put together from parts, each of which a test can replace.

use vigil_proto::{ca::Subject, rpc::Uid};

/// When these certificates begin: 2026-01-01.
pub(super) const BEGIN: i64 = 1_767_225_600;

pub(super) fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

/// One element.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [.., high, low] = content.len().to_be_bytes();
    let length = match (high, low) {
        (0, 0..0x80) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [vec![tag], length, content].concat()
}

pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

pub(super) fn name(text: &str) -> Vec<u8> {
    let attribute = sequence(&[&[0x06, 0x03, 0x55, 0x04, 0x03], &tlv(0x0c, &[text.as_bytes()])]);
    sequence(&[&tlv(0x31, &[&attribute])])
}

/// An extension below 2.5.29.
pub(super) fn extension(id: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[0x01, 0x01, 0xff] } else { &[] };
    sequence(&[&[0x06, 0x03, 0x55, 0x1d, id], critical, &tlv(0x04, &[value])])
}

pub(super) fn basic(critical: bool, fields: &[u8]) -> Vec<u8> {
    extension(0x13, critical, &sequence(&[fields]))
}

pub(super) const CA: &[u8] = &[0x01, 0x01, 0xff];
pub(super) const PATHLEN_0: &[u8] = &[0x02, 0x01, 0x00];

pub(super) fn key_usage(critical: bool, bits: &[u8]) -> Vec<u8> {
    extension(0x0f, critical, &tlv(0x03, &[bits]))
}

/// Below id-kp: 1 is for TLS servers, 2 for clients, 3 for code.
pub(super) fn purposes(kinds: &[u8]) -> Vec<u8> {
    let kinds: Vec<u8> = kinds
        .iter()
        .flat_map(|kind| [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, *kind])
        .collect();
    extension(0x25, false, &sequence(&[&kinds]))
}

pub(super) fn subtree(kind: u8, name: &[u8]) -> Vec<u8> {
    sequence(&[&tlv(kind, &[name])])
}

pub(super) fn hosts(names: &[&str]) -> Vec<u8> {
    names.iter().flat_map(|name| subtree(0x82, name.as_bytes())).collect()
}

pub(super) fn no_v4() -> Vec<u8> {
    subtree(0x87, &[0; 8])
}

pub(super) fn no_v6() -> Vec<u8> {
    subtree(0x87, &[0; 32])
}

pub(super) fn constraints(critical: bool, permitted: &[u8], excluded: &[u8]) -> Vec<u8> {
    let list = |tag, list: &[u8]| if list.is_empty() { Vec::new() } else { tlv(tag, &[list]) };
    let lists = sequence(&[&list(0xa0, permitted), &list(0xa1, excluded)]);
    extension(0x1e, critical, &lists)
}

/// Name constraints as they should be, for these hosts.
pub(super) fn only_for(names: &[&str]) -> Vec<u8> {
    constraints(true, &hosts(names), &[no_v4(), no_v6()].concat())
}

/// ecPublicKey on prime256v1.
pub(super) const EC_P256: &[u8] = &[
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
    0xce, 0x3d, 0x03, 0x01, 0x07,
];

pub(super) fn public_key(kind: &[u8], key: &[u8]) -> Vec<u8> {
    sequence(&[kind, &tlv(0x03, &[&[0], key])])
}

/// The parts, all as they should be for uid 1000.
pub(super) struct Parts {
    pub(super) version: Vec<u8>,
    pub(super) serial: Vec<u8>,
    pub(super) algorithm: Vec<u8>,
    pub(super) issuer: Option<Vec<u8>>,
    pub(super) validity: Vec<u8>,
    pub(super) subject: Option<Vec<u8>>,
    pub(super) public_key: Vec<u8>,
    /// Between the key and the extensions.
    pub(super) unique: Vec<u8>,
    pub(super) basic: Vec<u8>,
    pub(super) key_usage: Vec<u8>,
    pub(super) purposes: Vec<u8>,
    pub(super) constraints: Vec<u8>,
    /// After the others.
    pub(super) more: Vec<u8>,
    pub(super) outer_algorithm: Option<Vec<u8>>,
    pub(super) signature: Vec<u8>,
    /// Where a certificate ends, and where what is signed of it does.
    pub(super) at_the_end: Vec<u8>,
    pub(super) at_the_inner_end: Vec<u8>,
}

impl Default for Parts {
    fn default() -> Self {
        let half = tlv(0x02, &[&[0x11; 32]]);
        let subject_key = extension(0x0e, false, &tlv(0x04, &[&[0x22; 20]]));
        Self {
            version: vec![0xa0, 0x03, 0x02, 0x01, 0x02],
            serial: vec![0x02, 0x02, 0x12, 0x34],
            algorithm: vec![0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
            issuer: None,
            validity: validity("260101000000Z", "270101000000Z"),
            subject: None,
            public_key: public_key(EC_P256, &[&[0x04][..], &[0x33; 64]].concat()),
            unique: Vec::new(),
            basic: basic(true, &[CA, PATHLEN_0].concat()),
            key_usage: key_usage(true, &[0x02, 0x04]),
            purposes: purposes(&[1]),
            constraints: only_for(&["api.anthropic.com", "api.openai.com"]),
            more: subject_key,
            outer_algorithm: None,
            signature: sequence(&[&half, &half]),
            at_the_end: Vec::new(),
            at_the_inner_end: Vec::new(),
        }
    }
}

impl Parts {
    pub(super) fn der(&self) -> Vec<u8> {
        let own = name(&Subject::new(uid(1000), &self.public_key).to_string());
        let subject = self.subject.as_ref().unwrap_or(&own);
        let extensions =
            [self.basic.as_slice(), &self.key_usage, &self.purposes, &self.constraints, &self.more]
                .concat();
        let inner = sequence(&[
            &self.version,
            &self.serial,
            &self.algorithm,
            self.issuer.as_ref().unwrap_or(subject),
            &self.validity,
            subject,
            &self.public_key,
            &self.unique,
            &tlv(0xa3, &[&sequence(&[&extensions])]),
            &self.at_the_inner_end,
        ]);
        let outer = self.outer_algorithm.as_ref().unwrap_or(&self.algorithm);
        sequence(&[&inner, outer, &tlv(0x03, &[&[0], &self.signature]), &self.at_the_end])
    }
}

pub(super) fn validity(from: &str, until: &str) -> Vec<u8> {
    sequence(&[&tlv(0x17, &[from.as_bytes()]), &tlv(0x17, &[until.as_bytes()])])
}
