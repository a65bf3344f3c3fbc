//! Having one user's own programs trust a certificate, by a process of that user's, and ending that.
//! macOS alone has such a thing: there a person is asked by the system, with Touch ID or a password,
//! and may say no. On Linux the root daemon changes whom the machine trusts, for everybody.
//!
//! The trust is for servers that are met by TLS and for nothing else. Whether a certificate deserves
//! it is decided before: its own name constraints limit it to the listed hosts.

#[cfg_attr(target_os = "linux", path = "user/linux.rs")]
#[cfg_attr(target_os = "macos", path = "user/macos.rs")]
mod imp;

/// Whether there is such a thing here.
pub const IS_POSSIBLE: bool = cfg!(target_os = "macos");

/// What [`trust`] calls, in order, as it is shown to a person before.
pub const CALLS: [&str; 4] = [
    "SecCertificateAddToKeychain(certificate, the login keychain)",
    "SecPolicyCreateSSL(true, NULL): for servers alone, whatever their name",
    "SecTrustSettingsSetTrustSettings(certificate, kSecTrustSettingsDomainUser, \
     {kSecTrustSettingsPolicy: sslServer, kSecTrustSettingsResult: TrustRoot})",
    "SecTrustSettingsCopyTrustSettings(certificate, kSecTrustSettingsDomainUser): whether it is so",
];

/// What [`distrust`] calls.
pub const UNDOING_CALLS: [&str; 2] = [
    "SecTrustSettingsRemoveTrustSettings(certificate, kSecTrustSettingsDomainUser)",
    "SecItemDelete({kSecValueRef: certificate})",
];

/// Why trust was not changed, or is not known.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserTrustError {
    /// There is no such thing on this platform.
    #[error("on this platform the root daemon changes whom the machine trusts")]
    Daemons,
    /// The bytes are not one.
    #[error("this is not a certificate")]
    NotACertificate,
    /// The person said no.
    #[error("you did not allow it; run the same again to be asked again")]
    Declined,
    /// The person cannot be asked from here.
    #[error("the system cannot ask you from here; run it in a terminal on the screen of the Mac")]
    NoScreen,
    /// The system refused.
    #[error("cannot {action}: {words} ({code})")]
    Refused {
        /// What was tried.
        action: &'static str,
        /// The system's number for why.
        code: i32,
        /// The system's words for it.
        words: String,
    },
    /// It was said to be done, and is not so.
    #[error("the system said that it trusts the certificate, and does not")]
    NotKept,
}

/// Whether this user's programs trust the certificate (DER) by this user's own wish.
///
/// # Errors
/// It is not known.
pub fn is_trusted(der: &[u8]) -> Result<bool, UserTrustError> {
    imp::is_trusted(der)
}

/// Has this user's programs trust the certificate (DER), after asking the person, and sees that it is
/// so. What is trusted already is not asked for again.
///
/// # Errors
/// The person said no or cannot be asked, or the system refused.
pub fn trust(der: &[u8]) -> Result<(), UserTrustError> {
    if is_trusted(der)? {
        return Ok(());
    }
    imp::trust(der)?;
    if is_trusted(der)? { Ok(()) } else { Err(UserTrustError::NotKept) }
}

/// Ends it, and takes the certificate out of the keychain; what is gone is gone.
///
/// # Errors
/// As for [`trust`].
pub fn distrust(der: &[u8]) -> Result<(), UserTrustError> {
    imp::distrust(der)
}

/// What a number of the system's means (SecBase.h, Authorization.h).
#[cfg_attr(not(any(target_os = "macos", test)), expect(dead_code, reason = "macOS asks"))]
fn refused(action: &'static str, code: i32, words: String) -> UserTrustError {
    /// `errSecUserCanceled`
    const CANCELED: i32 = -128;
    /// `errAuthorizationCanceled`
    const AUTHORIZATION_CANCELED: i32 = -60_006;
    /// `errAuthorizationDenied`
    const AUTHORIZATION_DENIED: i32 = -60_005;
    /// `errAuthorizationInteractionNotAllowed`
    const NO_INTERACTION: i32 = -60_007;
    /// `errSecInteractionNotAllowed`
    const KEYCHAIN_NO_INTERACTION: i32 = -25_308;
    /// `errSecInternalComponent`: what a session without a screen is told.
    const INTERNAL: i32 = -2070;
    match code {
        CANCELED | AUTHORIZATION_CANCELED | AUTHORIZATION_DENIED => UserTrustError::Declined,
        NO_INTERACTION | KEYCHAIN_NO_INTERACTION | INTERNAL => UserTrustError::NoScreen,
        code => UserTrustError::Refused { action, code, words },
    }
}

#[cfg(test)]
mod tests {
    use super::{IS_POSSIBLE, UserTrustError, distrust, is_trusted, refused, trust};

    #[test]
    fn where_there_is_no_such_thing_it_is_said() {
        if IS_POSSIBLE {
            assert_eq!(is_trusted(b"no certificate"), Err(UserTrustError::NotACertificate));
            return;
        }
        assert_eq!(is_trusted(b""), Err(UserTrustError::Daemons));
        assert_eq!(trust(b""), Err(UserTrustError::Daemons));
        assert_eq!(distrust(b""), Err(UserTrustError::Daemons));
    }

    #[test]
    fn a_person_who_says_no_is_told_apart_from_one_who_cannot_be_asked() {
        let of = |code| refused("try", code, "words".to_owned());
        assert_eq!(of(-128), UserTrustError::Declined);
        assert_eq!(of(-60_006), UserTrustError::Declined);
        assert_eq!(of(-60_007), UserTrustError::NoScreen);
        assert_eq!(of(-2070), UserTrustError::NoScreen);
        assert_eq!(of(-50).to_string(), "cannot try: words (-50)");
    }
}
