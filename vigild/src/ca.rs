//! Which certificates the daemon lets a user have trusted by the whole machine: an authority of
//! ours in that user's name, for hosts of AI services and nothing else. Pure, total, and without
//! memory of its own; it decides, and never places anything (`vigil_platform::trust` does).
//!
//! docs/adr/0013-ca-validator.md says why the reader is our own and what is not checked.

use vigil_proto::{
    ca::{Standing, Subject, VALID_DAYS_MAX, standing},
    rpc::{BadCa, CA_DER_MAX, Fingerprint, Micros, Uid},
};

mod certificate;
mod constraints;
mod der;
mod extensions;
mod time;

use self::{certificate::Certificate, der::Malformed};

/// The longest validity, in seconds from the first to the last.
const VALID_SECONDS_MAX: i64 = VALID_DAYS_MAX as i64 * 86_400;

/// A certificate that was found to be an authority of ours. There is no other way to one.
#[derive(Clone, Copy, Debug)]
pub struct ValidCa<'a> {
    der: &'a [u8],
    fingerprint: Fingerprint,
    not_after: Micros,
}

impl<'a> ValidCa<'a> {
    /// The certificate, as it came.
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// What to call it by.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The last second in which it is valid.
    pub const fn not_after(&self) -> Micros {
        self.not_after
    }
}

impl From<Malformed> for BadCa {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Reads `der`, which anybody may have made, as the authority of `uid` at the time `now`.
///
/// # Errors
/// The first thing that is wrong with it, in the order of [`BadCa`]; its size before all.
pub fn validate(der: &[u8], uid: Uid, now: Micros) -> Result<ValidCa<'_>, BadCa> {
    if der.len() > CA_DER_MAX {
        return Err(BadCa::TooLarge);
    }
    let read = Certificate::read(der)?;
    let seconds = now.0.div_euclid(1_000_000);
    let constraints = read.extensions.constraints.as_ref();

    refuse(read.issuer != read.subject, BadCa::NotSelfSigned)?;
    refuse(!is_subject(&read, uid), BadCa::ForeignSubject)?;
    refuse(!read.is_p256, BadCa::KeyType)?;
    refuse(read.not_after - read.not_before > VALID_SECONDS_MAX, BadCa::TooLong)?;
    refuse(seconds < read.not_before || seconds > read.not_after, BadCa::NotNow)?;
    refuse(!read.extensions.is_ca, BadCa::NotCa)?;
    refuse(!read.extensions.ends_here, BadCa::PathLen)?;
    refuse(!read.extensions.signs_certificates, BadCa::Eku)?;
    refuse(!read.extensions.for_servers, BadCa::Eku)?;
    let constraints = constraints.filter(|found| found.critical && !found.permitted.is_empty());
    let constraints = constraints.ok_or(BadCa::NoConstraints)?;
    let any = |is: Standing| constraints.permitted.hosts().any(|host| standing(host) == is);
    refuse(any(Standing::Elsewhere) || constraints.permitted.others, BadCa::WiderHost)?;
    refuse(any(Standing::Parent), BadCa::SharedParent)?;
    refuse(constraints.permitted.addresses || !constraints.no_addresses, BadCa::IpAllowed)?;
    refuse(read.extensions.unknown, BadCa::UnknownExtension)?;

    let not_after = Micros(read.not_after * 1_000_000);
    Ok(ValidCa { der, fingerprint: Fingerprint::of(der), not_after })
}

fn refuse(holds: bool, reason: BadCa) -> Result<(), BadCa> {
    if holds { Err(reason) } else { Ok(()) }
}

fn is_subject(read: &Certificate<'_>, uid: Uid) -> bool {
    certificate::common_name(read.subject)
        .is_ok_and(|name| Subject::new(uid, read.public_key).is(name))
}

#[cfg(test)]
mod tests;
