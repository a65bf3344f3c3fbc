//! Pure detectors: clear events in, masked events and findings out. Nothing here reads a clock,
//! a disk or a network, and nothing printable ever holds a clear secret.
//!
//! | module | holds |
//! |---|---|
//! | [`engine`] | [`Engine`]: scan, mask, inspect |
//! | [`rule`] | [`Rule`] and the shapes a credential can have |
//! | [`manifest`] | which packages a project's file names |
//! | [`mask`] | the mask's form, fingerprints |
//! | [`custom`] | what the user adds: rules, exceptions, canaries |
//! | [`detector`] | [`Detector`], for what reads whole masked events |
//! | [`guard`] | what a hook answers |
//! | [`diff`] | the lines that a change adds |
//! | [`install`] | what a command installs |
//! | [`installs`] | what masked events install |
//! | [`intel`] | what others have found to be malicious |
//! | [`shell`] | what a shell is given to run |
//! | [`package`] | what is known of packages, and what is thought of one |
//! | [`record`] | what `vigil scan` and `vigil why` print |

#![forbid(unsafe_code)]

pub mod custom;
pub mod detector;
pub mod diff;
pub mod engine;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod guard;
pub mod install;
pub mod installs;
pub mod intel;
pub mod manifest;
pub mod mask;
pub mod package;
pub mod record;
pub mod rule;
pub mod shell;

mod assign;
mod checksum;
mod class;
mod decode;
mod distrust;
mod finder;
mod inspect;
mod personal;
mod plausible;
mod revealed;
mod rules;
#[cfg(test)]
mod samples;
mod shape;
mod skip;
mod unguarded;

pub use self::rules::catalogue::catalogue;
pub use self::{
    custom::{BadDetect, Custom},
    detector::{Context, Detector},
    distrust::Distrust,
    engine::{Engine, Hit, LeftOut, Profile, Vault},
    inspect::again::{Again, evidence_at},
    mask::{Fingerprint, FingerprintKey, MaskedHit},
    record::{Check, ScanRecord, Trace, trace},
    revealed::Reveals,
    rule::Rule,
    unguarded::Unguarded,
};
