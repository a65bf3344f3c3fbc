use vigil_proto::rpc::Uid;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::*;

const DAY: Duration = Duration::from_hours(24);
const HOST: &str = "api.example";

struct Made {
    _folder: tempfile::TempDir,
    authorities: Authorities,
    leaves: Leaves,
}

fn made() -> Made {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca");
    let authorities = Authorities::open(&ca, &[HOST.to_owned()], Uid::new(1000).unwrap()).unwrap();
    Made { _folder: folder, leaves: Leaves::new(authorities.clone()).unwrap(), authorities }
}

fn is_same(one: &Leaf, other: &Leaf) -> bool {
    Arc::ptr_eq(&one.http1, &other.http1) && Arc::ptr_eq(&one.http2, &other.http2)
}

#[test]
fn a_leaf_is_made_again_long_before_its_end_however_the_clock_is_set() {
    let Made { leaves, .. } = &made();
    let now = SystemTime::now() + DAY;
    let first = leaves.leaf_at(HOST, now).unwrap();

    assert!(is_same(&first, &leaves.leaf_at(HOST, now + 9 * DAY).unwrap()));
    let second = leaves.leaf_at(HOST, now + 10 * DAY).unwrap();
    assert!(!is_same(&first, &second), "20 days before its end");
    let back = leaves.leaf_at(HOST, now).unwrap();
    assert!(!is_same(&second, &back), "by this clock it has not begun");
    let ahead = leaves.leaf_at(HOST, now + 300 * DAY).unwrap();
    assert!(!is_same(&back, &ahead), "by this clock it has ended");
    assert!(is_same(&ahead, &leaves.leaf_at(HOST, now + 301 * DAY).unwrap()));
}

#[test]
fn a_leaf_lives_thirty_days_and_never_longer_than_its_authority() {
    let Made { authorities, leaves, .. } = &made();
    let now = SystemTime::now();
    let ends = authorities.standing(now).current.unwrap().ends();
    let seconds = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        i64::try_from(since.as_secs()).unwrap()
    };
    for (at, end) in [(now, now - CLOCK_SKEW + 30 * DAY), (ends - DAY, ends)] {
        let signer = authorities.signer(HOST, at).unwrap();
        let leaf = sign(&signer, &leaves.key, HOST, at).unwrap();
        let (_, leaf) = X509Certificate::from_der(leaf.der()).unwrap();
        assert_eq!(leaf.validity().not_after.timestamp(), seconds(end));
        assert!(leaf.validity().not_before.timestamp() < seconds(at));
    }
}

#[test]
fn nothing_is_made_or_taken_from_the_cache_once_the_authority_has_ended() {
    let Made { authorities, leaves, .. } = &made();
    let ends = authorities.standing(SystemTime::now()).current.unwrap().ends();
    let last = leaves.leaf_at(HOST, ends - Duration::from_secs(1));
    assert!(last.is_ok());

    let word = leaves.leaf_at(HOST, ends).map_or_else(|error| error.word(), |_| "made");

    assert_eq!(word, "ca-ended");
}

#[test]
fn after_a_switch_the_next_authority_signs_and_what_was_given_out_stays() {
    let Made { authorities, leaves, .. } = &made();
    let first = leaves.leaf_for(HOST).unwrap();
    authorities.prepare(SystemTime::now()).unwrap();
    assert!(is_same(&first, &leaves.leaf_for(HOST).unwrap()), "it does not sign yet");

    authorities.switch().unwrap();

    let second = leaves.leaf_for(HOST).unwrap();
    assert_ne!(first.by, second.by);
    assert_eq!(second.by, authorities.standing(SystemTime::now()).current.unwrap().fingerprint());
}
