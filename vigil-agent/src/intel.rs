//! What others have found to be malicious, on this machine: brought in by the user, read by everybody
//! who judges. Nothing here asks anybody unless the user said so.
//!
//! | module | holds |
//! |---|---|
//! | [`current`] | the set in force, for everybody in the agent |
//! | `form` | what a list's text is, and what it says |
//! | `archive` | texts in archives and folders |
//! | [`import`] | files made to lists in force |
//! | [`update`] | lists fetched, where the user said so |
//! | [`hunt`] | what is on record, judged by a new set |

mod archive;
mod current;
mod fetch;
mod form;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gathered;
pub mod hunt;
pub mod import;
pub mod update;

pub use self::current::{Current, LoadError, load, load_sound};
