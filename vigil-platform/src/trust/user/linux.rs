//! Linux: there is no such thing. Browsers have lists of their own, which are not touched.

use super::UserTrustError;

pub(super) const fn is_trusted(_der: &[u8]) -> Result<bool, UserTrustError> {
    Err(UserTrustError::Daemons)
}

pub(super) const fn trust(_der: &[u8]) -> Result<(), UserTrustError> {
    Err(UserTrustError::Daemons)
}

pub(super) const fn distrust(_der: &[u8]) -> Result<(), UserTrustError> {
    Err(UserTrustError::Daemons)
}
