//! The extensions of a certificate (RFC 5280, 4.2), the five that an authority of ours has. Any
//! other is noted and not read: what is not known here may mean something to somebody's client.

use super::{
    constraints::Constraints,
    der::{self, BIT_STRING, Malformed, OCTET_STRING, OID, Reader, SEQUENCE},
};

// Below 2.5.29, id-ce.
const SUBJECT_KEY: &[u8] = &[0x55, 0x1d, 0x0e];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];

/// keyCertSign, which is bit 5, by itself: the shortest spelling leaves two bits unused.
const KEY_CERT_SIGN: &[u8] = &[0x02, 0x04];
/// id-kp-serverAuth.
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
/// The longest name of a key, in bytes: a hash.
const SUBJECT_KEY_MAX: usize = 32;

/// What the extensions say. Nothing is true that was not said.
#[derive(Debug, Default)]
pub(super) struct Extensions<'a> {
    /// It is an authority, and insists on it.
    pub(super) is_ca: bool,
    /// It may sign no further authorities.
    pub(super) ends_here: bool,
    /// Its key is for signing certificates alone, and it insists on it.
    pub(super) signs_certificates: bool,
    /// It is for TLS servers alone.
    pub(super) for_servers: bool,
    pub(super) constraints: Option<Constraints<'a>>,
    /// There are others.
    pub(super) unknown: bool,
}

impl<'a> Extensions<'a> {
    /// Reads a list of them.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut list = der::only(bytes, SEQUENCE)?;
        let mut found = Self::default();
        let mut seen = [false; 5];
        while !list.is_empty() {
            let mut extension = list.inside(SEQUENCE)?;
            let id = extension.take(OID)?;
            let critical = extension.flag()?;
            let value = extension.take(OCTET_STRING)?;
            extension.end()?;
            let [subject_key, key_usage, basic, extended, names] = &mut seen;
            let seen = match id {
                SUBJECT_KEY => {
                    check_subject_key(value, critical)?;
                    subject_key
                }
                KEY_USAGE => {
                    found.signs_certificates = signs_certificates(value)? && critical;
                    key_usage
                }
                BASIC_CONSTRAINTS => {
                    let (is_ca, ends_here) = basic_constraints(value)?;
                    found.is_ca = is_ca && critical;
                    found.ends_here = ends_here;
                    basic
                }
                EXTENDED_KEY_USAGE => {
                    found.for_servers = for_servers(value)?;
                    extended
                }
                NAME_CONSTRAINTS => {
                    found.constraints = Some(Constraints::read(value, critical)?);
                    names
                }
                _ => {
                    found.unknown = true;
                    continue;
                }
            };
            if std::mem::replace(seen, true) {
                return Err(Malformed);
            }
        }
        Ok(found)
    }
}

fn check_subject_key(value: &[u8], critical: bool) -> Result<(), Malformed> {
    let mut reader = Reader::new(value);
    let key = reader.take(OCTET_STRING)?;
    reader.end()?;
    if critical || key.is_empty() || key.len() > SUBJECT_KEY_MAX { Err(Malformed) } else { Ok(()) }
}

fn signs_certificates(value: &[u8]) -> Result<bool, Malformed> {
    let mut reader = Reader::new(value);
    let bits = reader.take(BIT_STRING)?;
    reader.end()?;
    Ok(bits == KEY_CERT_SIGN)
}

/// Whether it is an authority, and whether the ones it signs are none.
fn basic_constraints(value: &[u8]) -> Result<(bool, bool), Malformed> {
    let mut fields = der::only(value, SEQUENCE)?;
    let is_ca = fields.flag()?;
    let ends_here = !fields.is_empty() && fields.number()? == [0];
    fields.end()?;
    Ok((is_ca, ends_here))
}

fn for_servers(value: &[u8]) -> Result<bool, Malformed> {
    let mut purposes = der::only(value, SEQUENCE)?;
    let only = purposes.take(OID)? == SERVER_AUTH && purposes.is_empty();
    while !purposes.is_empty() {
        purposes.take(OID)?;
    }
    Ok(only)
}
