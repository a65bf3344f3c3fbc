//! Name constraints (RFC 5280, 4.2.1.10): which names an authority may sign for. A kind of name
//! that they do not mention is free, so that addresses must be excluded by themselves.

use super::der::{self, Malformed, Reader, SEQUENCE};

const PERMITTED: u8 = 0xa0;
const EXCLUDED: u8 = 0xa1;

// Kinds of names, GeneralName (4.2.1.6).
const DNS_NAME: u8 = 0x82;
const ADDRESS: u8 = 0x87;
/// otherName, e-mail, X.400, directory, EDI party, URI, registered number.
const OTHERS: [u8; 7] = [0xa0, 0x81, 0xa3, 0xa4, 0xa5, 0x86, 0x88];

/// Every address: nothing, under a mask of nothing.
const ALL_V4: &[u8] = &[0; 8];
const ALL_V6: &[u8] = &[0; 32];

/// What the constraints say.
#[derive(Debug)]
pub(super) struct Constraints<'a> {
    /// Who does not understand them must refuse the certificate.
    pub(super) critical: bool,
    pub(super) permitted: Permitted<'a>,
    /// Every address is excluded, of both kinds.
    pub(super) no_addresses: bool,
}

/// The permitted names, none of them twice.
#[derive(Debug)]
pub(super) struct Permitted<'a> {
    list: Reader<'a>,
    /// There are addresses among them.
    pub(super) addresses: bool,
    /// There are names of other kinds among them.
    pub(super) others: bool,
}

impl<'a> Constraints<'a> {
    pub(super) fn read(value: &'a [u8], critical: bool) -> Result<Self, Malformed> {
        der::well_formed(value)?;
        let mut fields = der::only(value, SEQUENCE)?;
        let permitted = fields.take_if(PERMITTED)?;
        let excluded = fields.take_if(EXCLUDED)?;
        fields.end()?;
        // A list that is there and empty is none of either (4.2.1.10).
        if permitted.is_some_and(<[u8]>::is_empty) || excluded.is_some_and(<[u8]>::is_empty) {
            return Err(Malformed);
        }
        let permitted = Permitted::read(permitted.unwrap_or_default())?;
        let no_addresses = excludes_addresses(excluded.unwrap_or_default())?;
        Ok(Self { critical, permitted, no_addresses })
    }
}

impl<'a> Permitted<'a> {
    fn read(list: &'a [u8]) -> Result<Self, Malformed> {
        let mut found = Self { list: Reader::new(list), addresses: false, others: false };
        let mut rest = found.list.clone();
        while !rest.is_empty() {
            let (kind, name) = subtree(&mut rest)?;
            match kind {
                DNS_NAME => {}
                ADDRESS => found.addresses = true,
                _ => found.others = true,
            }
            // A certificate is too small for this to take long.
            if names(rest.clone()).any(|later| later == (kind, name)) {
                return Err(Malformed);
            }
        }
        Ok(found)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The permitted host names.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &'a [u8]> {
        names(self.list.clone()).filter(|(kind, _)| *kind == DNS_NAME).map(|(_, name)| name)
    }
}

/// Kinds and names of a list, up to where it cannot be read.
fn names(mut list: Reader<'_>) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || subtree(&mut list).ok())
}

/// One entry: a kind and a name. The distances that could follow have no other value than the one
/// that is left out.
fn subtree<'a>(list: &mut Reader<'a>) -> Result<(u8, &'a [u8]), Malformed> {
    let mut fields = list.inside(SEQUENCE)?;
    let base = fields.next()?;
    fields.end()?;
    if base.tag == DNS_NAME || base.tag == ADDRESS || OTHERS.contains(&base.tag) {
        Ok((base.tag, base.content))
    } else {
        Err(Malformed)
    }
}

/// Whether both kinds of addresses are excluded. Then nothing else may be: an authority of ours
/// excludes nothing more.
fn excludes_addresses(list: &[u8]) -> Result<bool, Malformed> {
    let mut rest = Reader::new(list);
    let (mut v4, mut v6, mut more) = (false, false, false);
    while !rest.is_empty() {
        match subtree(&mut rest)? {
            (ADDRESS, ALL_V4) if !v4 => v4 = true,
            (ADDRESS, ALL_V6) if !v6 => v6 = true,
            _ => more = true,
        }
    }
    if v4 && v6 && more { Err(Malformed) } else { Ok(v4 && v6) }
}
