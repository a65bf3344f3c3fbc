//! macOS: trust settings of the user's domain. They name a certificate; the certificate itself has to be
//! in a keychain, or no chain is found that ends in it.

use core_foundation::{
    base::{CFTypeRef, TCFType as _},
    dictionary::CFDictionary,
    number::CFNumber,
    string::CFString,
};
use security_framework::{
    base::Error,
    certificate::SecCertificate,
    policy::SecPolicy,
    secure_transport::SslProtocolSide,
    trust_settings::{Domain, TrustSettings, TrustSettingsForCertificate},
};

use super::{UserTrustError, refused};

/// `kSecTrustSettingsDomainUser` (SecTrustSettings.h).
const USER: u32 = 0;
/// `kSecTrustSettingsResultTrustRoot`.
const TRUST_ROOT: i32 = 1;
/// The keys of a trust setting; the header has them as text.
const POLICY: &str = "kSecTrustSettingsPolicy";
const RESULT: &str = "kSecTrustSettingsResult";

/// `errSecDuplicateItem`
const THERE_ALREADY: i32 = -25299;
/// `errSecItemNotFound`
const NOT_FOUND: i32 = -25300;
/// `errSecNoTrustSettings`
const NO_SETTINGS: i32 = -25263;

// SAFETY: the signatures are those of SecTrustSettings.h; a certificate and settings are objects.
#[expect(unsafe_code, reason = "C functions of the system's")]
#[link(name = "Security", kind = "framework")]
unsafe extern "C" {
    fn SecTrustSettingsSetTrustSettings(
        certificate: CFTypeRef,
        domain: u32,
        settings: CFTypeRef,
    ) -> i32;
    fn SecTrustSettingsRemoveTrustSettings(certificate: CFTypeRef, domain: u32) -> i32;
}

pub(super) fn is_trusted(der: &[u8]) -> Result<bool, UserTrustError> {
    let settings = TrustSettings::new(Domain::User);
    match settings.tls_trust_settings_for_certificate(&certificate(der)?) {
        Ok(found) => Ok(found == Some(TrustSettingsForCertificate::TrustRoot)),
        Err(error) if matches!(error.code(), NOT_FOUND | NO_SETTINGS) => Ok(false),
        Err(error) => Err(failed("read whom you trust")(error)),
    }
}

/// The person is asked here.
pub(super) fn trust(der: &[u8]) -> Result<(), UserTrustError> {
    let certificate = certificate(der)?;
    match certificate.add_to_keychain(None) {
        Err(error) if error.code() != THERE_ALREADY => {
            return Err(failed("put the certificate into the keychain")(error));
        }
        _ => {}
    }
    let policy = SecPolicy::create_ssl(SslProtocolSide::SERVER, None);
    let settings = CFDictionary::from_CFType_pairs(&[
        (CFString::from_static_string(POLICY), policy.as_CFType()),
        (CFString::from_static_string(RESULT), CFNumber::from(TRUST_ROOT).as_CFType()),
    ]);
    // SAFETY: both are objects of the kinds that are asked for, and live until the call returns.
    #[expect(unsafe_code, reason = "a C function of the system's")]
    let status = unsafe {
        SecTrustSettingsSetTrustSettings(certificate.as_CFTypeRef(), USER, settings.as_CFTypeRef())
    };
    done("trust the certificate", status)
}

pub(super) fn distrust(der: &[u8]) -> Result<(), UserTrustError> {
    let certificate = certificate(der)?;
    // SAFETY: it is a certificate, and lives until the call returns.
    #[expect(unsafe_code, reason = "a C function of the system's")]
    let status = unsafe { SecTrustSettingsRemoveTrustSettings(certificate.as_CFTypeRef(), USER) };
    if !matches!(status, NOT_FOUND | NO_SETTINGS) {
        done("end the trust in the certificate", status)?;
    }
    match certificate.delete() {
        Err(error) if error.code() != NOT_FOUND => {
            Err(failed("take the certificate out of the keychain")(error))
        }
        _ => Ok(()),
    }
}

fn certificate(der: &[u8]) -> Result<SecCertificate, UserTrustError> {
    SecCertificate::from_der(der).map_err(|_| UserTrustError::NotACertificate)
}

fn done(action: &'static str, status: i32) -> Result<(), UserTrustError> {
    if status == 0 { Ok(()) } else { Err(failed(action)(Error::from_code(status))) }
}

fn failed(action: &'static str) -> impl FnOnce(Error) -> UserTrustError {
    move |error| {
        let words = error.message().unwrap_or_else(|| "no words".to_owned());
        refused(action, error.code(), words)
    }
}
