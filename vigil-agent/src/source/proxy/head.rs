//! Heads of HTTP/1 messages, read strictly: what two programs could read differently is refused.
//! Pure.

use super::framing::Body;

/// The most bytes a head may take.
pub(super) const HEAD_MAX: usize = 64 * 1024;
/// The most header fields.
const FIELDS_MAX: usize = 128;

/// A head that is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadHead {
    #[error("not an HTTP/1 message")]
    Malformed,
    #[error("the head is too large")]
    TooLarge,
    #[error("the length of the body is ambiguous")]
    AmbiguousLength,
}

/// Header fields in order, as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, Vec<u8>)>);

impl Fields {
    fn new(fields: &[httparse::Header<'_>]) -> Self {
        Self(fields.iter().map(|f| (f.name.to_owned(), f.value.to_vec())).collect())
    }

    /// All fields.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// All values of `name`.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The first value of `name`, when it is UTF-8.
    pub(super) fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next().and_then(|value| str::from_utf8(value).ok()).map(str::trim)
    }

    /// True when the comma-separated list `name` has `token`.
    pub(super) fn has_token(&self, name: &str, token: &str) -> bool {
        self.all(name)
            .filter_map(|value| str::from_utf8(value).ok())
            .any(|list| list.split(',').any(|item| item.trim().eq_ignore_ascii_case(token)))
    }
}

/// A request's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    /// 0 or 1, the digit after `HTTP/1.`.
    pub(super) minor: u8,
    pub(super) fields: Fields,
    pub(super) body: Body,
    /// Bytes that the head takes, its empty line included.
    pub(super) len: usize,
}

/// A response's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) fields: Fields,
    /// The body, unless the request was a HEAD.
    pub(super) body: Body,
    pub(super) len: usize,
}

/// Reads a request's head; `None` when it is not all there yet.
pub(super) fn request(bytes: &[u8]) -> Result<Option<Request>, BadHead> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut parsed = httparse::Request::new(&mut fields);
    let Some(len) = complete(parsed.parse(bytes), bytes)? else { return Ok(None) };
    let fields = Fields::new(parsed.headers);
    let minor = parsed.version.unwrap_or(1);
    let body = match declared(&fields, minor)? {
        Declared::Nothing => Body::Empty,
        Declared::Length(length) => Body::length(length),
        Declared::Chunked => Body::chunked(),
    };
    let (Some(method), Some(target)) = (parsed.method, parsed.path) else {
        return Err(BadHead::Malformed);
    };
    Ok(Some(Request {
        method: method.to_owned(),
        target: target.to_owned(),
        minor,
        fields,
        body,
        len,
    }))
}

/// Reads a response's head; `None` when it is not all there yet.
pub(super) fn response(bytes: &[u8]) -> Result<Option<Response>, BadHead> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut parsed = httparse::Response::new(&mut fields);
    let Some(len) = complete(parsed.parse(bytes), bytes)? else { return Ok(None) };
    let fields = Fields::new(parsed.headers);
    let status = parsed.code.ok_or(BadHead::Malformed)?;
    let body = if matches!(status, 100..=199 | 204 | 304) {
        Body::Empty
    } else {
        match declared(&fields, parsed.version.unwrap_or(1))? {
            Declared::Nothing => Body::UntilClose,
            Declared::Length(length) => Body::length(length),
            Declared::Chunked => Body::chunked(),
        }
    };
    Ok(Some(Response { status, fields, body, len }))
}

fn complete(
    parsed: Result<httparse::Status<usize>, httparse::Error>,
    bytes: &[u8],
) -> Result<Option<usize>, BadHead> {
    match parsed {
        Ok(httparse::Status::Complete(len)) if len > HEAD_MAX => Err(BadHead::TooLarge),
        Ok(httparse::Status::Complete(len)) => {
            let head = bytes.get(..len).unwrap_or_default();
            // httparse takes a lone LF for a line's end; others do not.
            let lone = memchr::memchr_iter(b'\n', head)
                .any(|at| at == 0 || head.get(at - 1) != Some(&b'\r'));
            if lone { Err(BadHead::Malformed) } else { Ok(Some(len)) }
        }
        Ok(httparse::Status::Partial) if bytes.len() >= HEAD_MAX => Err(BadHead::TooLarge),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(httparse::Error::TooManyHeaders) => Err(BadHead::TooLarge),
        Err(_) => Err(BadHead::Malformed),
    }
}

enum Declared {
    Nothing,
    Length(u64),
    Chunked,
}

/// What the fields say about the body's length (RFC 9112, section 6), taking no chances.
fn declared(fields: &Fields, minor: u8) -> Result<Declared, BadHead> {
    let mut codings = fields.all("transfer-encoding");
    let mut lengths = fields.all("content-length");
    match (codings.next(), lengths.next()) {
        (None, None) => Ok(Declared::Nothing),
        (Some(coding), None) => {
            let plain = codings.next().is_none() && coding.eq_ignore_ascii_case(b"chunked");
            if plain && minor == 1 { Ok(Declared::Chunked) } else { Err(BadHead::AmbiguousLength) }
        }
        (None, Some(length)) => {
            let digits = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
            let value = str::from_utf8(length).ok().filter(|_| digits).and_then(|s| s.parse().ok());
            if lengths.any(|other| other != length) {
                return Err(BadHead::AmbiguousLength);
            }
            value.map(Declared::Length).ok_or(BadHead::AmbiguousLength)
        }
        (Some(_), Some(_)) => Err(BadHead::AmbiguousLength),
    }
}

#[cfg(test)]
mod tests;
