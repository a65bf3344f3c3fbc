//! The verbs by name, for logs, tests and docs/PROTOCOL.md.

use std::fmt;

use super::Request;

/// Verb and name, once.
macro_rules! verbs {
    ($($verb:ident => $pattern:pat),+ $(,)?) => {
        /// A request's verb without what it carries: all that a log may hold of a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $(#[doc = concat!("See [`Request::", stringify!($verb), "`].")] $verb),+
        }

        impl Verb {
            /// All of them, in the order of the wire.
            pub const ALL: &[Self] = &[$(Self::$verb),+];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$verb => stringify!($verb)),+ }
            }
        }

        impl Request {
            /// Its verb.
            pub const fn verb(&self) -> Verb {
                match self { $($pattern => Verb::$verb),+ }
            }
        }
    };
}

verbs! {
    Hello => Self::Hello { .. },
    Status => Self::Status,
    JournalTail => Self::JournalTail { .. },
    CaInstall => Self::CaInstall { .. },
    CaRemove => Self::CaRemove { .. },
    CaStatus => Self::CaStatus { .. },
    ProxyEnable => Self::ProxyEnable { .. },
    CaptureEnable => Self::CaptureEnable { .. },
    LeaseRenew => Self::LeaseRenew { .. },
    LeaseEnd => Self::LeaseEnd { .. },
    ProcessPage => Self::ProcessPage { .. },
    SocketPage => Self::SocketPage { .. },
    SocketOwner => Self::SocketOwner { .. },
    Watch => Self::Watch { .. },
    Anchor => Self::Anchor(_),
}

impl Verb {
    /// Whether it changes something that outlives the daemon. Such verbs are carried out one at a
    /// time and have a rate limit of their own. A renewal changes nothing: it only must not stop.
    pub const fn is_change(self) -> bool {
        match self {
            Self::CaInstall
            | Self::CaRemove
            | Self::ProxyEnable
            | Self::CaptureEnable
            | Self::LeaseEnd
            | Self::Anchor => true,
            Self::Hello
            | Self::Status
            | Self::JournalTail
            | Self::CaStatus
            | Self::LeaseRenew
            | Self::ProcessPage
            | Self::SocketPage
            | Self::SocketOwner
            | Self::Watch => false,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
