use super::*;

fn vault() -> (MasterKey, DayKey, Vec<u8>) {
    let master = MasterKey::generate();
    let (day, wrapped) = master.public().new_day().unwrap();
    (master, day, wrapped)
}

#[test]
fn a_value_comes_back_with_both_keys_and_with_nothing_less() {
    let (master, day, wrapped) = vault();
    let sealed = day.seal(b"a synthetic value").unwrap().unwrap();

    assert_eq!(master.open(&wrapped, &sealed).unwrap().as_slice(), b"a synthetic value");
    let again = MasterKey::from_bytes(*master.bytes());
    assert_eq!(again.open(&wrapped, &sealed).unwrap().as_slice(), b"a synthetic value");
    let (other, _, others) = vault();
    assert_eq!(other.open(&wrapped, &sealed).unwrap_err(), VaultError::Foreign);
    assert_eq!(master.open(&others, &sealed).unwrap_err(), VaultError::Foreign);
}

#[test]
fn another_days_key_opens_nothing() {
    let (master, day, _) = vault();
    let sealed = day.seal(b"a synthetic value").unwrap().unwrap();
    let (_, tomorrow) = master.public().new_day().unwrap();

    assert_eq!(master.open(&tomorrow, &sealed).unwrap_err(), VaultError::Value);
}

#[test]
fn what_was_changed_is_not_opened() {
    let (master, day, wrapped) = vault();
    let sealed = day.seal(b"a synthetic value").unwrap().unwrap();

    for at in [0, 40, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(master.open(&wrapped, &changed).unwrap_err(), VaultError::Value, "{at}");
    }
    for at in 0..wrapped.len() {
        let mut changed = wrapped.clone();
        changed[at] ^= 1;
        assert!(master.open(&changed, &sealed).is_err(), "{at}");
    }
    assert_eq!(master.open(&wrapped[1..], &sealed).unwrap_err(), VaultError::Damaged);
    assert_eq!(DayKey::of(b"").unwrap_err(), VaultError::Damaged);
}

#[test]
fn a_day_goes_on_after_a_restart() {
    let (master, _, wrapped) = vault();
    let day = DayKey::of(&wrapped).unwrap();

    let sealed = day.seal(b"later").unwrap().unwrap();

    assert_eq!(master.open(&wrapped, &sealed).unwrap().as_slice(), b"later");
}

#[test]
fn the_same_value_is_sealed_to_something_else_each_time() {
    let (_, day, wrapped) = vault();
    let sealed: Vec<_> = (0..2).map(|_| day.seal(b"a synthetic value").unwrap().unwrap()).collect();

    assert_ne!(sealed[0], sealed[1]);
    for bytes in sealed.iter().chain([&wrapped]) {
        assert!(!bytes.windows(9).any(|at| at == b"synthetic"));
    }
}

#[test]
fn what_is_too_long_is_not_kept_and_keys_are_not_shown() {
    let (master, day, _) = vault();

    assert!(day.seal(&vec![b'a'; LONGEST_VALUE]).unwrap().is_some());
    assert!(day.seal(&vec![b'a'; LONGEST_VALUE + 1]).unwrap().is_none());
    assert_eq!(format!("{master:?} {day:?}"), "MasterKey(hidden) DayKey(..)");
}
