//! What the mutator may have done, and the answers: a closed set, with nothing in it that becomes a
//! path, a program or an argument. Over a pair of sockets that nobody else has, one order at a time.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use vigil_proto::rpc::{BoundedBytes, CA_DER_MAX, Fingerprint, Refusal, Support, Trust, Uid};

use super::{
    proxy::ProxyOrder,
    redirect::{RedirectOrder, RedirectReply},
};

/// More than the longest message, which is a certificate.
const MOST: usize = 8 * 1024;

/// What the mutator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Order {
    /// What can be done on this machine: [`Reply::Abilities`].
    Abilities,
    /// Have the machine trust a certificate of this uid's, and look whether it does: [`Reply::Done`].
    CaInstall {
        /// In whose name it has to be.
        uid: Uid,
        /// The certificate. It is looked at anew.
        der: BoundedBytes<CA_DER_MAX>,
    },
    /// End that, and look: [`Reply::Done`], also when there was nothing to end, or
    /// [`Reply::LeftAlone`].
    CaRemove {
        /// Of the certificate.
        fingerprint: Fingerprint,
    },
    /// Whether the machine trusts a certificate: [`Reply::Trust`].
    CaTrusted {
        /// Of the certificate.
        fingerprint: Fingerprint,
    },
    /// What is done with the packet filter: [`Reply::Redirect`].
    Redirect(RedirectOrder),
    /// What is done with the machine's proxy setting.
    Proxy(ProxyOrder),
}

/// What the helper answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// To [`Order::Abilities`].
    Abilities {
        /// `CaInstall`, `CaRemove`.
        ca: Support,
        /// `CaptureEnable`.
        capture: Support,
        /// `ProxyEnable`.
        proxy: Support,
    },
    /// Done, and looked at afterwards.
    Done,
    /// Ours was taken away, and somebody else's of the same kind is still in force; or somebody had
    /// changed it meanwhile.
    LeftAlone,
    /// To [`Order::CaTrusted`].
    Trust(Trust),
    /// To [`Order::Redirect`].
    Redirect(RedirectReply),
    /// Not done. Everything is as it was before.
    Refused(Refusal),
    /// Not done, or not wholly, and what was begun could not be put back.
    Unfinished,
}

/// Sends one message.
///
/// # Errors
/// The other side is gone or does not take it in the socket's time.
pub(crate) fn send(mut to: impl Write, message: &impl Serialize) -> io::Result<()> {
    let body = postcard::to_allocvec(message).map_err(io::Error::other)?;
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= MOST);
    let length = length.ok_or(io::ErrorKind::InvalidInput)?;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(body);
    to.write_all(&bytes)
}

/// The next message; nothing when the other side has ended.
///
/// # Errors
/// It ended in the middle, or sent what is no message in its one spelling.
pub(crate) fn receive<T: DeserializeOwned + Serialize>(
    mut from: impl Read,
) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    let (first, rest) = length.split_at_mut(1);
    if from.read(first)? == 0 {
        return Ok(None);
    }
    from.read_exact(rest)?;
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > MOST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    let message: T = postcard::from_bytes(&body).map_err(io::Error::other)?;
    let spelling = postcard::to_allocvec(&message).map_err(io::Error::other)?;
    if spelling != body {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(Some(message))
}

#[cfg(test)]
mod tests;
