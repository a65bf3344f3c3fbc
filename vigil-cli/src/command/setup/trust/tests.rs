use vigil_platform::trust::TrustError;
use vigil_proto::rpc::Fingerprint;

use super::unasked;
use crate::{args::StepName, command::setup::undo::Undone};

#[test]
fn without_the_daemon_what_the_machine_trusts_is_left_and_named() {
    let left = |trusted| {
        let undone = Undone::of(StepName::Trust);
        unasked(undone, Fingerprint::of(b"one"), trusted, "nobody is there").left
    };

    assert!(left(None).is_empty());
    assert!(left(Some(Ok(false))).is_empty());
    assert!(left(Some(Ok(true)))[0].contains("nobody is there"));
    assert!(left(Some(Err(TrustError::NoStore)))[0].contains("is not known"));
}
