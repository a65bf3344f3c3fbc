//! The outline of a certificate (RFC 5280, 4.1), version 3 and in one spelling. What it finds is
//! not judged here.

use super::{
    der::{self, Malformed, OID, Reader, SEQUENCE, SET, UTF8_STRING},
    extensions::Extensions,
    time,
};

/// `[0] { INTEGER 2 }`: version 3, the only one with extensions.
const VERSION: u8 = 0xa0;
const VERSION_3: &[u8] = &[0x02, 0x01, 0x02];
/// `[3]`: the extensions. Between them and the key stand only what nobody uses any more.
const EXTENSIONS: u8 = 0xa3;
/// The longest serial number, in bytes (4.1.2.2).
const SERIAL_MAX: usize = 20;

/// id-at-commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// ecdsa-with-SHA256, without parameters (RFC 5758, 3.2).
const ECDSA_SHA256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// id-ecPublicKey on prime256v1 (RFC 5480, 2.1.1).
const EC_P256: &[u8] = &[
    0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, //
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];
/// Bytes of one coordinate on P-256, and of half a signature.
const P256_BYTES: usize = 32;

/// What a certificate says.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    /// The name of who signed it: all bytes.
    pub(super) issuer: &'a [u8],
    /// Its own name: all bytes.
    pub(super) subject: &'a [u8],
    /// Seconds since 1970: the first and the last in which it is valid.
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    /// The key with its kind: all bytes.
    pub(super) public_key: &'a [u8],
    /// The key is a point on P-256, uncompressed, and the signature ECDSA with SHA-256.
    pub(super) is_p256: bool,
    pub(super) extensions: Extensions<'a>,
}

impl<'a> Certificate<'a> {
    /// Reads exactly one certificate.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        der::well_formed(bytes)?;
        let mut outer = der::only(bytes, SEQUENCE)?;
        let mut inner = outer.inside(SEQUENCE)?;
        let signed_with = outer.take(SEQUENCE)?;
        let signature = outer.bits()?;
        outer.end()?;

        if inner.take(VERSION)? != VERSION_3 {
            return Err(Malformed);
        }
        let serial = inner.number()?;
        if serial == [0] || serial.len() > SERIAL_MAX {
            return Err(Malformed);
        }
        if inner.take(SEQUENCE)? != signed_with {
            return Err(Malformed);
        }
        let issuer = whole(&mut inner)?;
        let mut validity = inner.inside(SEQUENCE)?;
        let not_before = time::seconds(validity.next()?)?;
        let not_after = time::seconds(validity.next()?)?;
        validity.end()?;
        let subject = whole(&mut inner)?;
        let public_key = whole(&mut inner)?;
        let extensions = Extensions::read(inner.take(EXTENSIONS)?)?;
        inner.end()?;

        let is_ecdsa = signed_with == ECDSA_SHA256;
        if is_ecdsa {
            check_signature(signature)?;
        }
        let is_p256 = is_p256(public_key)? && is_ecdsa;
        Ok(Self { issuer, subject, not_before, not_after, public_key, is_p256, extensions })
    }
}

/// All bytes of the next element, a sequence.
fn whole<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let element = reader.next()?;
    if element.tag == SEQUENCE { Ok(element.whole) } else { Err(Malformed) }
}

/// The text of a name that has one part, a common name in UTF-8, and no other.
pub(super) fn common_name(name: &[u8]) -> Result<&[u8], Malformed> {
    let mut parts = der::only(name, SEQUENCE)?;
    let mut part = parts.inside(SET)?;
    parts.end()?;
    let mut attribute = part.inside(SEQUENCE)?;
    part.end()?;
    if attribute.take(OID)? != COMMON_NAME {
        return Err(Malformed);
    }
    let text = attribute.take(UTF8_STRING)?;
    attribute.end()?;
    Ok(text)
}

fn is_p256(public_key: &[u8]) -> Result<bool, Malformed> {
    let mut parts = der::only(public_key, SEQUENCE)?;
    let kind = parts.take(SEQUENCE)?;
    let key = parts.bits()?;
    parts.end()?;
    Ok(kind == EC_P256 && matches!(key, [0x04, point @ ..] if point.len() == 2 * P256_BYTES))
}

/// Whether it has the form of a signature; not whether it is one.
fn check_signature(signature: &[u8]) -> Result<(), Malformed> {
    let mut halves = der::only(signature, SEQUENCE)?;
    for _ in 0..2 {
        let half = halves.number()?;
        if half == [0] || half.len() > P256_BYTES {
            return Err(Malformed);
        }
    }
    halves.end()
}
