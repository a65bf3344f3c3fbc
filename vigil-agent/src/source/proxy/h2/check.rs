//! The rules for a request's fields (RFC 9113, sections 8.2 and 8.3), read strictly: a request is
//! for the connection's host, and says so once. Pure.

use super::{Refusal, hpack::List};
use crate::source::proxy::policy::canonical;

/// Fields that speak of a connection, which HTTP/2 has no use for.
const OF_CONNECTIONS: &[&[u8]] =
    &[b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"];

/// Checks a request to `host`, in canonical form.
pub(super) fn request(list: &List, host: &str) -> Result<(), Refusal> {
    let (mut method, mut scheme, mut path, mut authority) = (None, None, None, None);
    let (mut named, mut length) = (None, None);
    let mut pseudo_over = false;
    for (name, value) in list.iter() {
        field(name, value)?;
        let once = match name {
            b":method" => &mut method,
            b":scheme" => &mut scheme,
            b":path" => &mut path,
            b":authority" => &mut authority,
            b"host" => &mut named,
            b"content-length" => &mut length,
            // :protocol is for an extended CONNECT (RFC 8441), which nobody offered.
            [b':', ..] => return Err(Refusal::Malformed),
            _ => {
                pseudo_over = true;
                continue;
            }
        };
        let is_pseudo = name.first() == Some(&b':');
        if once.replace(value).is_some() || (is_pseudo && pseudo_over) {
            return Err(Refusal::Malformed);
        }
        pseudo_over |= !is_pseudo;
    }
    let (Some(method), Some(b"https"), Some(path)) = (method, scheme, path) else {
        return Err(Refusal::Malformed);
    };
    let plain = |text: &[u8]| text.iter().all(u8::is_ascii_graphic);
    let is_path = path.first() == Some(&b'/') || (path == b"*" && method == b"OPTIONS");
    if !is_token(method) || method == b"CONNECT" || !is_path || !plain(path) {
        return Err(Refusal::Malformed);
    }
    if !length.is_none_or(|length| !length.is_empty() && length.iter().all(u8::is_ascii_digit)) {
        return Err(Refusal::Malformed);
    }
    let authority = authority.ok_or(Refusal::Malformed)?;
    if is_host(authority, host) && named.is_none_or(|named| is_host(named, host)) {
        Ok(())
    } else {
        Err(Refusal::Misdirected)
    }
}

/// Checks the fields after a body.
pub(super) fn trailers(list: &List) -> Result<(), Refusal> {
    list.iter().try_for_each(|(name, value)| {
        field(name, value)?;
        if name.first() == Some(&b':') { Err(Refusal::Malformed) } else { Ok(()) }
    })
}

fn field(name: &[u8], value: &[u8]) -> Result<(), Refusal> {
    let bare = name.strip_prefix(b":").unwrap_or(name);
    let fits = is_token(bare)
        && !bare.iter().any(u8::is_ascii_uppercase)
        && is_value(value)
        && !OF_CONNECTIONS.contains(&name)
        && (name != b"te" || value == b"trailers");
    if fits { Ok(()) } else { Err(Refusal::Malformed) }
}

/// True when a value could not be taken for more than one.
pub(super) fn is_value(value: &[u8]) -> bool {
    memchr::memchr3(b'\r', b'\n', 0, value).is_none()
}

/// True for a field's name or a method (RFC 9110, section 5.6.2).
pub(super) fn is_token(text: &[u8]) -> bool {
    let is_tchar = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_tchar)
}

fn is_host(authority: &[u8], host: &str) -> bool {
    str::from_utf8(authority)
        .is_ok_and(|text| canonical(text.strip_suffix(":443").unwrap_or(text)) == host)
}

#[cfg(test)]
mod tests;
