//! The small values that requests and answers are made of. Each holds only what may be: a number
//! out of its range does not decode.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU64,
};

use serde::{Deserialize, Serialize};

use super::sha256;

/// A number outside the range of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a {0}")]
pub struct OutOfRange(&'static str);

/// A whole number in a range: the newtype, its range, and the ways in and out.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident($int:ty, $word:literal) in $range:expr) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(try_from = $word, into = $word)]
        pub struct $name($int);

        impl $name {
            /// `number`, when it is in the range.
            ///
            /// # Errors
            /// It is not.
            pub fn new(number: $int) -> Result<Self, OutOfRange> {
                Self::try_from(number)
            }

            /// The number.
            pub const fn raw(self) -> $int {
                self.0
            }
        }

        impl TryFrom<$int> for $name {
            type Error = OutOfRange;

            fn try_from(number: $int) -> Result<Self, OutOfRange> {
                if ($range).contains(&number) {
                    Ok(Self(number))
                } else {
                    Err(OutOfRange(stringify!($name)))
                }
            }
        }

        impl From<$name> for $int {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

number! {
    /// A user's number. The largest one is the kernels' word for nobody (`(uid_t)-1`).
    Uid(u32, "u32") in 0..u32::MAX
}
number! {
    /// A process's number. Zero is the kernel itself, never a process that is shown.
    Pid(u32, "u32") in 1..=i32::MAX.unsigned_abs()
}
number! {
    /// A port a user's own program can listen on.
    Port(u16, "u16") in 1024..=u16::MAX
}
number! {
    /// How long a lease lives without being renewed, in seconds. Shorter is more heartbeats than
    /// the daemon's rate limit allows, longer is too long without a network.
    LeaseSeconds(u16, "u16") in 15..=300
}

/// How many rows a page may hold at the most: 1 to `N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Max<const N: usize>(u16);

impl<const N: usize> Max<N> {
    /// As many as may be.
    pub fn all() -> Self {
        Self(u16::try_from(N).unwrap_or(u16::MAX))
    }

    /// The number.
    pub const fn raw(self) -> u16 {
        self.0
    }
}

impl<const N: usize> TryFrom<u16> for Max<N> {
    type Error = OutOfRange;

    fn try_from(number: u16) -> Result<Self, OutOfRange> {
        if (1..=N).contains(&usize::from(number)) {
            Ok(Self(number))
        } else {
            Err(OutOfRange("page size"))
        }
    }
}

impl<const N: usize> From<Max<N>> for u16 {
    fn from(max: Max<N>) -> Self {
        max.0
    }
}

/// Where the next page of a table begins. Its number means something to the daemon alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cursor(pub NonZeroU64);

/// A lease, as the daemon calls it. Never used twice within a boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LeaseId(pub NonZeroU64);

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Micros(pub i64);

#[cfg(feature = "user")]
impl From<Micros> for crate::Timestamp {
    fn from(micros: Micros) -> Self {
        Self::from_micros(micros.0)
    }
}

/// 32 bytes that are shown as hexadecimal digits.
macro_rules! digest {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

digest! {
    /// SHA-256 of a certificate's DER.
    Fingerprint
}

impl Fingerprint {
    /// The fingerprint of `der`.
    pub fn of(der: &[u8]) -> Self {
        Self(sha256::digest(der))
    }
}

digest! {
    /// The head of an audit chain; all zero before the first link.
    ChainHead
}

/// Which boot of the machine this is (Linux: `boot_id`; macOS: `kern.bootsessionuuid`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BootId(pub [u8; 16]);

/// An address and a port. An IPv4 address has one spelling only: one that is mapped into IPv6
/// becomes plain when it is made here, and does not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "WireEndpoint", into = "WireEndpoint")]
pub struct Endpoint {
    ip: IpAddr,
    port: u16,
}

#[derive(Serialize, Deserialize)]
enum WireEndpoint {
    V4([u8; 4], u16),
    V6([u8; 16], u16),
}

impl Endpoint {
    /// The address, never a mapped one.
    pub const fn ip(self) -> IpAddr {
        self.ip
    }

    /// The port.
    pub const fn port(self) -> u16 {
        self.port
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self { ip: address.ip().to_canonical(), port: address.port() }
    }
}

impl From<Endpoint> for SocketAddr {
    fn from(endpoint: Endpoint) -> Self {
        Self::new(endpoint.ip, endpoint.port)
    }
}

impl From<Endpoint> for WireEndpoint {
    fn from(endpoint: Endpoint) -> Self {
        match endpoint.ip {
            IpAddr::V4(ip) => Self::V4(ip.octets(), endpoint.port),
            IpAddr::V6(ip) => Self::V6(ip.octets(), endpoint.port),
        }
    }
}

impl TryFrom<WireEndpoint> for Endpoint {
    type Error = OutOfRange;

    fn try_from(wire: WireEndpoint) -> Result<Self, OutOfRange> {
        match wire {
            WireEndpoint::V4(ip, port) => Ok(Self { ip: Ipv4Addr::from(ip).into(), port }),
            WireEndpoint::V6(ip, port) => {
                let ip = Ipv6Addr::from(ip);
                if ip.to_ipv4_mapped().is_some() {
                    return Err(OutOfRange("plain address"));
                }
                Ok(Self { ip: ip.into(), port })
            }
        }
    }
}
