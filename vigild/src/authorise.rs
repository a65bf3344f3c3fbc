//! The one place that says yes to a caller. Both processes ask it, each for itself: the mutator does
//! not believe the reader.

use vigil_proto::rpc::{Enrolment, Refusal, Request, Uid, authority};

use crate::{enrolment, flags::Setup, log};

/// A caller who may have what it asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// Who, as the kernel says.
    pub(crate) uid: Uid,
    /// How it stood in the enrolment file a moment ago.
    pub(crate) enrolment: Enrolment,
}

impl Caller {
    pub(crate) fn is_administrator(self) -> bool {
        self.enrolment == Enrolment::Administrator
    }
}

/// Whether `uid` may ask `request`: by the verb and its scope alone. What the request names is looked
/// at by whoever carries it out.
///
/// # Errors
/// It may not. An enrolment file that is not believed enrols nobody.
pub(crate) fn authorise(setup: &Setup, uid: Uid, request: &Request) -> Result<Caller, Refusal> {
    let enrolment = standing(setup, uid);
    authority(request).check(enrolment)?;
    Ok(Caller { uid, enrolment })
}

/// How `uid` stands in the enrolment file now.
pub(crate) fn standing(setup: &Setup, uid: Uid) -> Enrolment {
    enrolment::of(&setup.enrolled, setup.owner, uid).unwrap_or_else(|error| {
        log::say_of_caller(format_args!("nobody is enrolled: {}", crate::Causes(&error)));
        Enrolment::Stranger
    })
}
