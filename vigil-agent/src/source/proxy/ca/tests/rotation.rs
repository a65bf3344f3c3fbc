//! How one follows another.

use super::*;

const LISTED: &[&str] = &["a.example", "b.example"];

/// The files of a folder and what is in them.
fn files(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(folder.ca())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| name != "bundle.pem")
        .collect();
    all.sort();
    all
}

fn names(folder: &Folder) -> Vec<String> {
    files(folder).into_iter().map(|(name, _)| name).collect()
}

fn listed(folder: &Folder) -> Vec<Certificate> {
    Certificate::all_of(&fs::read(folder.file("ca.pem")).unwrap())
}

#[test]
fn the_next_is_trusted_before_it_signs_and_the_former_after_it_no_more() {
    let folder = Folder::new();
    let authorities = folder.open(LISTED);
    let now = SystemTime::now();
    let first = signs(&authorities, "a.example").unwrap();

    authorities.prepare(now).unwrap();

    assert_eq!(signs(&authorities, "a.example").unwrap(), first);
    let next = authorities.standing(now).next.unwrap().certificate;
    assert_eq!(
        listed(&folder).iter().map(Certificate::der).collect::<Vec<_>>(),
        [first.as_slice(), next.der()]
    );
    authorities.is_next_trusted(now).unwrap();
    let before = files(&folder);
    authorities.prepare(now).unwrap();
    assert_eq!(files(&folder), before, "twice is once");

    authorities.switch().unwrap();

    assert_eq!(signs(&authorities, "a.example").unwrap(), next.der());
    let standing = authorities.standing(now);
    assert!(standing.next.is_none());
    assert_eq!(standing.former.iter().map(Certificate::der).collect::<Vec<_>>(), [first]);
    assert!(folder.openssl_accepts("a.example"));

    authorities.drop_former().unwrap();

    assert_eq!(listed(&folder), [next]);
    assert_eq!(names(&folder), ["ca.key", "ca.pem"]);
    assert!(folder.openssl_accepts("b.example"));
}

#[test]
fn a_list_that_somebody_wrote_over_is_found_out() {
    let folder = Folder::new();
    let authorities = folder.open(LISTED);
    let now = SystemTime::now();
    authorities.prepare(now).unwrap();
    let current = listed(&folder).remove(0);
    private::write(&folder.file("ca.pem"), text([&current]).as_bytes()).unwrap();

    let untrusted = authorities.is_next_trusted(now).unwrap_err().to_string();

    assert!(untrusted.contains("ca.pem"), "{untrusted}");
}

/// Every state that a kill can leave, made by hand: what is in the list, which key is in `ca.key`,
/// and what of the next is there.
#[test]
fn killed_at_any_step_it_is_carried_on_or_taken_back() {
    struct Left {
        list: &'static [usize],
        key: usize,
        next_key: bool,
        next: bool,
        /// Who signs afterwards, and whether another is to follow.
        then: (usize, bool),
    }
    let left = |list, key, next_key, next, then| Left { list, key, next_key, next, then };
    let states = [
        left(&[0], 0, true, false, (0, false)),
        left(&[0], 0, true, true, (0, true)),
        left(&[0, 1], 0, true, true, (0, true)),
        left(&[1, 0], 0, true, true, (1, false)),
        left(&[1, 0], 1, false, true, (1, false)),
        left(&[1, 0], 1, false, false, (1, false)),
        left(&[1], 1, false, false, (1, false)),
        // A next one that does not fit was withdrawn, and the kill came before another was made.
        left(&[0, 1], 0, false, false, (0, false)),
    ];
    for (number, Left { list, key, next_key, next, then }) in states.into_iter().enumerate() {
        let folder = Folder::new();
        private::ensure_dir(&folder.ca()).unwrap();
        let now = SystemTime::now();
        let make = || Authority::make(&folder.file("x"), &hosts(LISTED), uid(), now).unwrap();
        let both = [make(), make()];
        let put = |name: &str, text: &str| {
            private::write(&folder.file(name), text.as_bytes()).unwrap();
        };
        put("ca.pem", &text(list.iter().map(|at| &both[*at].0)));
        put("ca.key", &both[key].1);
        if next_key {
            put("next.key", &both[1].1);
        }
        if next {
            put("next.pem", &text([&both[1].0]));
        }

        let authorities = folder.open(LISTED);

        let (signer, follows) = then;
        assert_eq!(signs(&authorities, "a.example").unwrap(), both[signer].0.der(), "{number}");
        let standing = authorities.standing(now);
        assert_eq!(standing.next.is_some(), follows, "{number}");
        assert!(folder.openssl_accepts("b.example"), "{number}");
        let settled = files(&folder);
        let again = folder.open(LISTED);
        assert_eq!(files(&folder), settled, "{number}: it is settled at once");
        // From wherever it is, it comes to its end.
        again.prepare(now).unwrap();
        again.is_next_trusted(now).unwrap();
        again.switch().unwrap();
        again.drop_former().unwrap();
        assert_eq!(names(&folder), ["ca.key", "ca.pem"], "{number}");
        assert_eq!(listed(&folder).len(), 1, "{number}");
        assert!(folder.openssl_accepts("a.example"), "{number}");
    }
}

#[test]
fn one_that_has_ended_or_not_begun_signs_nothing() {
    let now = SystemTime::now();
    let folder = Folder::with_one_of(LISTED, now - 400 * DAY);
    let before = files(&folder);
    let authorities = folder.open(LISTED);
    assert_eq!(word(&authorities, "a.example", now), "ca-ended");
    assert_eq!(files(&folder), before, "nobody has asked for another");
    let standing = authorities.standing(now);
    assert!(standing.unfit.is_some() && standing.due.is_some());

    authorities.prepare(now).unwrap();
    authorities.switch().unwrap();
    assert_eq!(word(&authorities, "a.example", now), "fit");

    // While it runs it ends as well, and a clock that was set back does not help it either.
    let ends = authorities.standing(now).current.unwrap().ends();
    assert_eq!(word(&authorities, "a.example", ends - DAY), "fit");
    assert_eq!(word(&authorities, "a.example", ends), "ca-ended");
    assert_eq!(word(&authorities, "a.example", now - DAY), "ca-not-begun");
}

#[test]
fn it_says_when_another_is_to_follow() {
    let now = SystemTime::now();
    let fresh = Folder::with_one_of(LISTED, now - 334 * DAY).open(LISTED);
    assert_eq!(fresh.standing(now).due, None);

    let old = Folder::with_one_of(LISTED, now - 336 * DAY).open(LISTED);
    assert_eq!(old.standing(now).due.unwrap(), "it ends in 28 days");
    assert_eq!(word(&old, "a.example", now), "fit");

    let folder = Folder::with_one_of(LISTED, now);
    let more = folder.open(&["a.example", "b.example", "c.example"]);
    let standing = more.standing(now);
    assert!(standing.due.unwrap().contains("may not sign for c.example"));
    assert_eq!(standing.missing, ["c.example"]);
    assert_eq!(word(&more, "c.example", now), "ca-not-for-host");
    assert_eq!(word(&more, "a.example", now), "fit");

    let fewer = folder.open(&["b.example"]);
    let standing = fewer.standing(now);
    assert!(standing.due.unwrap().contains("a.example, which the configuration no longer lists"));
    assert_eq!((standing.missing, standing.unfit), (Vec::new(), None));
}

#[test]
fn a_host_outside_its_names_is_signed_for_by_the_next() {
    let folder = Folder::with_one_of(&["a.example"], SystemTime::now());
    let authorities = folder.open(&["a.example", "c.example"]);
    authorities.prepare(SystemTime::now()).unwrap();

    authorities.switch().unwrap();

    assert!(signs(&authorities, "c.example").is_some());
    assert!(folder.openssl_accepts("c.example"));
}

#[test]
fn a_next_one_that_no_longer_fits_is_replaced() {
    let folder = Folder::new();
    let now = SystemTime::now();
    folder.open(&["a.example"]).prepare(now).unwrap();
    let unfit = listed(&folder).remove(1);
    let authorities = folder.open(&["a.example", "c.example"]);

    authorities.prepare(now).unwrap();

    let next = authorities.standing(now).next.unwrap().certificate;
    assert_eq!(next.permitted(), ["a.example", "c.example"]);
    let listed = listed(&folder);
    assert_eq!((listed.len(), listed.contains(&unfit)), (2, false));
}

#[test]
fn damaged_files_sign_nothing_until_another_follows() {
    let folder = Folder::new();
    folder.open(LISTED);
    // A key that is not the certificate's; no certificate at all; no key.
    let other = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    private::write(&folder.file("ca.key"), other.serialize_pem().as_bytes()).unwrap();
    let sabotage = [
        Box::new(|| ()) as Box<dyn Fn()>,
        Box::new(|| fs::write(folder.file("ca.pem"), "nothing").unwrap()),
        Box::new(|| fs::remove_file(folder.file("ca.key")).unwrap()),
    ];
    for sabotage in sabotage {
        sabotage();
        let authorities = folder.open(LISTED);
        let now = SystemTime::now();
        assert_eq!(word(&authorities, "a.example", now), "ca-damaged");

        authorities.prepare(now).unwrap();
        authorities.switch().unwrap();

        assert!(signs(&authorities, "a.example").is_some());
        assert!(folder.openssl_accepts("a.example"));
    }
}

#[test]
fn another_users_signs_nothing_for_one() {
    let folder = Folder::new();
    Authorities::open(&folder.ca(), &hosts(LISTED), Uid::new(1001).unwrap()).unwrap();

    let own = folder.open(LISTED);

    assert_eq!(word(&own, "a.example", SystemTime::now()), "ca-of-another");
    own.prepare(SystemTime::now()).unwrap();
    own.switch().unwrap();
    assert!(signs(&own, "a.example").is_some());
}

#[test]
fn what_cannot_be_written_leaves_the_one_that_signs() {
    let folder = Folder::new();
    let authorities = folder.open(LISTED);
    let now = SystemTime::now();
    authorities.prepare(now).unwrap();
    let later = now + Duration::from_hours(400 * 24);
    fs::remove_file(folder.file("next.key")).unwrap();
    fs::create_dir(folder.file("next.key")).unwrap();

    assert!(authorities.prepare(later).is_err());

    let first = signs(&authorities, "a.example").unwrap();
    assert!(authorities.standing(now).next.is_none(), "its files are gone");
    authorities.switch().unwrap();
    assert_eq!(signs(&authorities, "a.example").unwrap(), first);

    fs::remove_dir(folder.file("next.key")).unwrap();
    authorities.prepare(now).unwrap();
    authorities.switch().unwrap();
    let before = authorities.standing(now);
    let list = fs::read(folder.file("ca.pem")).unwrap();
    fs::remove_file(folder.file("ca.pem")).unwrap();
    fs::create_dir(folder.file("ca.pem")).unwrap();

    assert!(authorities.drop_former().is_err());

    let after = authorities.standing(now);
    assert_eq!((after.current, after.former.len()), (before.current, 1));
    fs::remove_dir(folder.file("ca.pem")).unwrap();
    fs::write(folder.file("ca.pem"), list).unwrap();
    authorities.drop_former().unwrap();
    assert_eq!(listed(&folder).len(), 1);
}
