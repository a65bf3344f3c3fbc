//! Why the daemon says no: fixed words, never the operating system's, never anything a caller sent.

use serde::{Deserialize, Serialize};

/// A request was not carried out, and nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// The frame could not be read. The connection is closed after this.
    #[error("the request could not be read")]
    Malformed,
    /// The daemon speaks another major version. The connection is closed after this.
    #[error("the daemon speaks another version of the protocol")]
    Version,
    /// The first frame is a greeting, and no other is. The connection is closed after this.
    #[error("a connection begins with one greeting")]
    Greeting,
    /// The caller's uid is not in the enrolment file.
    #[error("this user is not enrolled")]
    NotEnrolled,
    /// The verb, or this scope of it, is for administrators.
    #[error("only an administrator may ask this")]
    NotAdministrator,
    /// It belongs to another uid.
    #[error("it belongs to another user")]
    NotYours,
    /// The uid has too many connections, watches or leases. At a connection's beginning it is
    /// closed after this.
    #[error("too many at once")]
    TooMany,
    /// The uid asks too often.
    #[error("too many requests; wait")]
    TooFast,
    /// The daemon cannot do this here.
    #[error("not supported: {0}")]
    Unsupported(Unsupported),
    /// The certificate is not one the daemon lets anybody trust.
    #[error("the certificate is refused: {0}")]
    BadCa(BadCa),
    /// No certificate with this fingerprint was installed.
    #[error("no such certificate was installed")]
    CaUnknown,
    /// Nothing of the caller's listens on this loopback port, somebody else listens there too, or
    /// it is another socket than when the lease began.
    #[error("this user does not listen on that loopback port")]
    PortNotYours,
    /// The caller is not the only user at the console.
    #[error("this user is not the only one at the console")]
    NotAtConsole,
    /// The caller holds a lease of this kind already.
    #[error("a lease of this kind is held already")]
    Leased,
    /// There is no such lease, or not any more.
    #[error("no such lease, or not any more")]
    LeaseUnknown,
    /// The head does not follow the last one that was noted for this uid.
    #[error("the anchor does not follow the last one")]
    AnchorNotSuccessor,
    /// What the verb would change is being changed, or undone. Ask again.
    #[error("busy; ask again")]
    Busy,
    /// It was tried, failed, and was undone. The daemon's own log says more.
    #[error("it failed; the daemon's log says more")]
    Internal,
    /// The probe was not redirected, or what the proxy leaves out was: nothing is redirected, and
    /// the lease has ended. From minor version 1.
    #[error("the probe did not show that the proxy is left alone; it needs a route to the network")]
    ProbeFailed,
}

/// Why something is not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
pub enum Unsupported {
    /// It belongs to the user, who does it without the daemon.
    #[error("it is done on the user's side")]
    UserSide,
    /// This platform has no way to do it.
    #[error("this platform cannot")]
    ThisPlatform,
    /// The machine lacks what it needs: a program, a kernel feature, a capability.
    #[error("this machine lacks what it needs")]
    ThisMachine,
    /// This build of the daemon leaves it out.
    #[error("this build leaves it out")]
    NotBuilt,
}

/// What is wrong with a certificate: the first of these that holds, its size before all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
pub enum BadCa {
    /// It is not one DER certificate, or holds something twice.
    #[error("it is not a certificate")]
    Malformed,
    /// More bytes than a certificate of ours has.
    #[error("it is too large")]
    TooLarge,
    /// Issuer and subject differ.
    #[error("it names another issuer than itself")]
    NotSelfSigned,
    /// The subject is not the one made of the caller's uid and the certificate's key.
    #[error("its subject is not this user's")]
    ForeignSubject,
    /// Its key or signature is not ECDSA on P-256.
    #[error("its key is not of the one kind allowed")]
    KeyType,
    /// It is valid for too long.
    #[error("it is valid for too long")]
    TooLong,
    /// It is not valid now.
    #[error("it is not valid now")]
    NotNow,
    /// Basic constraints do not make it an authority, or are not critical.
    #[error("it is no authority")]
    NotCa,
    /// It may make further authorities.
    #[error("it may make further authorities")]
    PathLen,
    /// It may sign for other than TLS servers, or its key is not for signing certificates alone.
    #[error("its usage is not that of an authority for TLS servers alone")]
    Eku,
    /// Name constraints are missing, empty, or not critical.
    #[error("it has no name constraints")]
    NoConstraints,
    /// A permitted name is neither in the daemon's list nor a parent of one that is, or is no host's.
    #[error("it permits a host outside the list")]
    WiderHost,
    /// A permitted name is the parent of a listed one, and so of other people's hosts too or of
    /// pages to log in at.
    #[error("it permits a shared parent domain")]
    SharedParent,
    /// Addresses are not excluded, both kinds of them.
    #[error("it permits addresses")]
    IpAllowed,
    /// An extension, critical or not, that an authority of ours does not have.
    #[error("it has an extension that is not known")]
    UnknownExtension,
}
