//! Another proxy behind this one: which, for what, and how it is asked. Its password is in no
//! message and no log.

use std::{
    fmt,
    future::poll_fn,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    task::Poll,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
};
use vigil_platform::{paths::PathError, private};
use zeroize::Zeroizing;

use self::past::{Port, Rule};
use super::DialError;
use crate::source::proxy::head;

mod past;

/// The variables that name it, in the order in which they count.
const VARIABLES: [&str; 2] = ["https_proxy", "HTTPS_PROXY"];
/// The variables that name what is reached past it.
const PAST_VARIABLES: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// A proxy that connections go through.
#[derive(Clone)]
pub struct Chain {
    /// A name, or an address without brackets.
    host: String,
    port: u16,
    /// The whole value of the header field, with the password.
    authorization: Option<Zeroizing<String>>,
    past: Vec<Rule>,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("at", &self.place()).finish_non_exhaustive()
    }
}

/// The proxy behind this one cannot be used. Never holds its address as it was written: a password
/// may be in it.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The file that has its address.
    #[error(transparent)]
    File(#[from] PathError),
    /// There is none.
    #[error("there is no {0}; make it with mode 0600 and one line: http://user:password@host:port")]
    Missing(PathBuf),
    /// It speaks something else.
    #[error("the proxy behind this one must be an http:// address; others are not spoken here")]
    Scheme,
    /// It is no address.
    #[error("the address of the proxy behind this one is not http://user:password@host:port")]
    Malformed,
}

/// The proxy behind this one did not lead on.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadChain {
    #[error("the proxy behind this one cannot be reached: {0}")]
    Gone(#[source] DialError),
    #[error("the proxy behind this one wants another name or password in its address (407)")]
    Stranger,
    #[error("the proxy behind this one answered {0}")]
    Refused(u16),
}

impl From<BadChain> for DialError {
    fn from(bad: BadChain) -> Self {
        Self::Failed(io::Error::other(bad))
    }
}

impl Chain {
    /// What the file `path` names, which nobody else may read.
    ///
    /// # Errors
    /// It cannot be read, others can read it, or it has no address of a proxy.
    pub fn from_file(path: &Path) -> Result<Self, ChainError> {
        let bytes = private::read(path)?.ok_or_else(|| ChainError::Missing(path.to_owned()))?;
        let bytes = Zeroizing::new(bytes);
        Self::parse(str::from_utf8(&bytes).map_err(|_| ChainError::Malformed)?.trim())
    }

    /// What the environment names: `HTTPS_PROXY`, past it `NO_PROXY`.
    ///
    /// # Errors
    /// It names something that is no address of a proxy that is spoken here.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ChainError> {
        let named = |names: [&str; 2]| {
            names.iter().filter_map(|name| variable(name)).find(|value| !value.trim().is_empty())
        };
        let Some(url) = named(VARIABLES).map(Zeroizing::new) else { return Ok(None) };
        let mut chain = Self::parse(url.trim())?;
        chain.past(named(PAST_VARIABLES).unwrap_or_default().split(','));
        Ok(Some(chain))
    }

    /// Reaches what `rules` name past the proxy: a name and all below it, an address, a network
    /// such as `10.0.0.0/8`, or `*`; each but the last with `:port` for that port alone.
    pub fn past<Text: AsRef<str>>(&mut self, rules: impl IntoIterator<Item = Text>) {
        self.past.extend(rules.into_iter().filter_map(|rule| Rule::parse(rule.as_ref())));
    }

    /// True when it is a listener of this machine at this port.
    pub fn is_at(&self, listener: SocketAddr) -> bool {
        self.port == listener.port() && past::is_loopback(&self.host)
    }

    /// `host:port` of the proxy, for people.
    pub fn place(&self) -> String {
        authority(&self.host, self.port)
    }

    fn parse(url: &str) -> Result<Self, ChainError> {
        let rest = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some(_) => return Err(ChainError::Scheme),
            None => url,
        };
        let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (credentials, place) = match place.rsplit_once('@') {
            Some((credentials, place)) => (Some(credentials), place),
            None => (None, place),
        };
        let (host, port) = past::split_port(place);
        let port = match port {
            Port::Left => 80,
            Port::Given(port) => port,
            Port::Bad => return Err(ChainError::Malformed),
        };
        let host_is_plausible =
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@');
        if !host_is_plausible || port == 0 {
            return Err(ChainError::Malformed);
        }
        let authorization = credentials.map(|credentials| {
            let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
            let mut plain = unescape(user);
            plain.push(b':');
            plain.extend_from_slice(&unescape(password));
            Zeroizing::new(format!("Basic {}", base64(&plain)))
        });
        Ok(Self { host: host.to_ascii_lowercase(), port, authorization, past: Vec::new() })
    }

    /// The proxy's own host and port.
    pub(super) fn target(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// True when `host` (canonical) at `port` is reached through it.
    pub(super) fn leads_to(&self, host: &str, port: u16) -> bool {
        !past::is_loopback(host) && !self.past.iter().any(|rule| rule.matches(host, port))
    }

    /// The header field that lets us in, with its line's end; empty when there is none.
    pub(in crate::source::proxy) fn field(&self) -> Zeroizing<String> {
        let field = self.authorization.as_ref();
        Zeroizing::new(field.map_or_else(String::new, |value| {
            format!("Proxy-Authorization: {}\r\n", value.as_str())
        }))
    }

    /// Has `stream`, a connection to the proxy, led on to `host` and `port`. Reads no byte of what
    /// comes from there.
    pub(super) async fn lead(
        &self,
        stream: &mut TcpStream,
        host: &str,
        port: u16,
    ) -> Result<(), DialError> {
        let to = authority(host, port);
        let ask = Zeroizing::new(format!(
            "CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n{}\r\n",
            self.field().as_str()
        ));
        stream.write_all(ask.as_bytes()).await.map_err(DialError::Failed)?;
        match answered(stream).await.map_err(DialError::Failed)? {
            200..=299 => Ok(()),
            504 => Err(DialError::TimedOut),
            407 => Err(BadChain::Stranger.into()),
            status => Err(BadChain::Refused(status).into()),
        }
    }
}

/// The status of the answer on `stream`, of which nothing but its head is taken.
async fn answered(stream: &mut TcpStream) -> io::Result<u16> {
    let mut head = Vec::new();
    let mut window = [0; 1024];
    loop {
        let seen = stream.peek(&mut window).await?;
        if seen == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let before = head.len();
        head.extend_from_slice(window.get(..seen).unwrap_or_default());
        let answer = head::response(&head).map_err(io::Error::other)?;
        // As long as the head is not complete all that is there belongs to it.
        let used = answer.as_ref().map_or(seen, |answer| answer.len - before);
        stream.read_exact(window.get_mut(..used).unwrap_or_default()).await?;
        match answer {
            Some(answer) if answer.status >= 200 => {
                // A look that finds nothing: else the stream is taken for readable for having been
                // it, and a server that is silent for one that speaks first.
                poll_fn(|cx| {
                    let _ = stream.poll_peek(cx, &mut ReadBuf::new(&mut window));
                    Poll::Ready(())
                })
                .await;
                return Ok(answer.status);
            }
            Some(_) => head.clear(),
            None => {}
        }
    }
}

/// `host` (a name, or an address without brackets) and `port` as requests have them.
fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The bytes of a part of an address, `%41` undone.
fn unescape(text: &str) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%')
            .then(|| after.first_chunk::<2>())
            .flatten()
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(escaped.unwrap_or(*first));
        rest = after.get(if escaped.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    out
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = usize::try_from((bits >> (18 - 6 * place)) & 63).unwrap_or(0);
            let digit = DIGITS.get(digit).copied().unwrap_or(b'=');
            out.push(char::from(if place <= group.len() { digit } else { b'=' }));
        }
    }
    out
}

#[cfg(test)]
mod tests;
