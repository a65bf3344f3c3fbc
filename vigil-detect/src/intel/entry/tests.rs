use super::{Affected, Range, read, write};

fn these(versions: &[&str], ranges: &[(&str, Option<&str>, Option<&str>)]) -> Affected {
    let versions = versions.iter().map(|version| (*version).to_owned()).collect();
    let ranges = ranges.iter().map(|(introduced, fixed, last)| Range {
        introduced: (*introduced).to_owned(),
        fixed: fixed.map(str::to_owned),
        last: last.map(str::to_owned),
    });
    Affected::of(versions, ranges.collect())
}

#[test]
fn a_compromised_version_is_not_a_compromised_package() {
    let affected = these(&["1.95.6", "1.95.7"], &[]);

    assert_eq!(affected.package("npm", Some("1.95.6")), Some(true));
    assert_eq!(affected.package("npm", Some("1.95.8")), None);
    // Any version may be the one.
    assert_eq!(affected.package("npm", None), Some(false));
    assert_eq!(affected.package("npm", Some("latest")), Some(false));
    assert_eq!(affected.package("npm", Some("^1.90.0")), Some(false));
    // These cannot.
    assert_eq!(affected.package("npm", Some("^1.98.0")), None);
    assert_eq!(affected.package("npm", Some("2")), None);
}

#[test]
fn ranges_are_judged_by_their_ends() {
    let fixed = these(&[], &[("2.0.0", Some("2.1.0"), None)]);
    assert_eq!(fixed.package("npm", Some("2.0.9")), Some(true));
    assert_eq!(fixed.package("npm", Some("2.1.0")), None);
    assert_eq!(fixed.package("npm", Some("1.9.9")), None);
    assert_eq!(fixed.package("npm", Some(">=2.1.0")), None);

    let last = these(&[], &[("0", None, Some("2.1.0"))]);
    assert_eq!(last.package("npm", Some("2.1.0")), Some(true));
    assert_eq!(last.package("npm", Some("2.1.1")), None);

    assert_eq!(these(&["1.0"], &[("0", None, None)]), Affected::All);
    assert_eq!(these(&[], &[]), Affected::Some);
}

#[test]
fn a_port_is_certain_when_it_is_named() {
    let affected = these(&["4444"], &[]);

    assert!(affected.place(Some(4444)));
    assert!(!affected.place(Some(443)));
    assert!(!affected.place(None));
    assert!(Affected::All.place(Some(443)));
}

#[test]
fn what_is_written_is_read() {
    for affected in [
        Affected::All,
        Affected::Some,
        these(
            &["1", "2.0-β"],
            &[("1", Some("2"), None), ("3", None, Some("4")), ("5", None, None)],
        ),
    ] {
        let mut bytes = Vec::new();
        write("MAL-2025-1", &affected, &mut bytes);

        assert_eq!(read(&bytes), Some(("MAL-2025-1", affected)));
        for cut in 0..bytes.len() {
            assert_eq!(read(&bytes[..cut]), None, "cut at {cut}");
        }
        bytes.push(0);
        assert_eq!(read(&bytes), None);
    }
}

#[test]
fn what_is_too_much_is_some_of_it() {
    let versions: Vec<String> = (0..5000).map(|n| n.to_string()).collect();
    assert_eq!(Affected::of(versions, Vec::new()), Affected::Some);
    assert_eq!(Affected::of(vec!["9".repeat(300)], Vec::new()), Affected::Some);

    // A long id is cut between two letters.
    let mut bytes = Vec::new();
    write(&"ä".repeat(200), &Affected::All, &mut bytes);
    assert_eq!(read(&bytes).unwrap().0, "ä".repeat(127));
}
