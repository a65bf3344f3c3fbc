use std::{cell::RefCell, io};

use super::{
    Backup, BadBackup, Change, Place, Restored, Values, Write, apply, field, restore, value,
};
use crate::sysproxy::{Route, SysProxyError, Way};

/// Settings in memory, whose owner may be killed after so many writes.
struct Memory {
    values: RefCell<Values>,
    writes_left: RefCell<usize>,
}

impl Memory {
    fn new(values: &[(&'static str, &str)]) -> Self {
        let values = values.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        Self { values: RefCell::new(values), writes_left: RefCell::new(usize::MAX) }
    }

    fn values(&self) -> Values {
        self.values.borrow().clone()
    }

    fn set(&self, key: &'static str, value: &str) {
        self.values.borrow_mut().insert(key, value.to_owned());
    }

    fn killed_after(&self, writes: usize) {
        *self.writes_left.borrow_mut() = writes;
    }
}

impl Place for Memory {
    fn way(&self) -> Way {
        Way::Gnome
    }

    fn read(&self) -> Result<Values, SysProxyError> {
        Ok(self.values())
    }

    fn write(&self, settings: &[Write<'_>]) -> Result<(), SysProxyError> {
        for (key, value) in settings {
            let mut left = self.writes_left.borrow_mut();
            *left = left.checked_sub(1).ok_or_else(|| SysProxyError::Io {
                way: Way::Gnome,
                action: "go on",
                source: io::ErrorKind::BrokenPipe.into(),
            })?;
            match value {
                Some(value) => self.set(key, value),
                None => drop(self.values.borrow_mut().remove(key)),
            }
        }
        Ok(())
    }

    fn plan(&self, _: Route, _: &Values) -> Result<Option<Vec<Change>>, SysProxyError> {
        Ok(None)
    }
}

fn changes() -> Vec<Change> {
    let change = |key, original: Option<&str>, ours: Option<&str>| Change {
        key,
        original: original.map(str::to_owned),
        ours: ours.map(str::to_owned),
    };
    vec![
        change("address", Some("theirs"), Some("ours")),
        change("port", None, Some("9080")),
        change("switch", Some("off"), None),
    ]
}

const BEFORE: &[(&str, &str)] = &[("address", "theirs"), ("switch", "off"), ("other", "o")];

#[test]
fn what_was_there_comes_back_from_wherever_it_was_interrupted() {
    for wrote in 0..=3 {
        for put_back in 0..=3 {
            let place = Memory::new(BEFORE);
            let before = place.values();
            place.killed_after(wrote);
            assert_eq!(apply(&place, &changes()).is_ok(), wrote == 3);
            place.killed_after(put_back);
            let _ = restore(&place, &changes());

            place.killed_after(usize::MAX);
            let left = restore(&place, &changes()).unwrap();

            assert_eq!((left, place.values()), (vec![], before), "after {wrote}, {put_back}");
        }
    }
}

#[test]
fn a_value_of_somebody_elses_is_left_and_told() {
    let place = Memory::new(BEFORE);
    apply(&place, &changes()).unwrap();
    place.set("port", "3128");

    let left = restore(&place, &changes()).unwrap();

    assert_eq!(left, [(Way::Gnome, "port")]);
    let mut expected = Memory::new(BEFORE).values();
    expected.insert("port", "3128".to_owned());
    assert_eq!(place.values(), expected);
}

#[test]
fn a_setting_that_does_not_take_its_value_is_an_error() {
    struct Deaf(Memory);
    impl Place for Deaf {
        fn way(&self) -> Way {
            Way::Gnome
        }
        fn read(&self) -> Result<Values, SysProxyError> {
            self.0.read()
        }
        fn write(&self, _: &[Write<'_>]) -> Result<(), SysProxyError> {
            Ok(())
        }
        fn plan(&self, _: Route, _: &Values) -> Result<Option<Vec<Change>>, SysProxyError> {
            Ok(None)
        }
    }
    let place = Deaf(Memory::new(BEFORE));

    let applied = apply(&place, &changes()).unwrap_err();
    apply(&place.0, &changes()).unwrap();
    let restored = restore(&place, &changes()).unwrap_err();

    assert!(matches!(applied, SysProxyError::NotTaken { key, .. } if key == "address"));
    assert!(matches!(restored, SysProxyError::NotTaken { key, .. } if key == "switch"));
}

#[test]
fn every_value_survives_being_written_in_a_field() {
    for text in ["", "-", "=", "a\tb\nc\\n\r", "\\", "'ü\u{1f600}'"] {
        let field = field(Some(text));
        assert!(!field.contains(['\t', '\n', '\r']), "{field:?}");
        assert_eq!(value(&field), Ok(Some(text.to_owned())));
    }
    assert_eq!(value(&field(None)), Ok(None));
    assert_eq!(value("x"), Err(BadBackup::Form));
    assert_eq!(value("=\\x"), Err(BadBackup::Form));
}

/// A way and a setting of this platform's.
fn known() -> (Way, &'static str) {
    let key = crate::sysproxy::imp::KEYS[0].1;
    (if cfg!(target_os = "macos") { Way::Service("S-1".to_owned()) } else { Way::Gnome }, key)
}

fn sample() -> Backup {
    let (way, key) = known();
    let mut backup = Backup::default();
    backup.add(way, vec![Change { key, original: None, ours: Some("a\nb".to_owned()) }]);
    backup
}

#[test]
fn a_backup_reads_back_as_it_was() {
    assert_eq!(Backup::from_text(&sample().to_text()), Ok(sample()));
}

#[test]
fn a_backup_that_was_cut_off_anywhere_is_none() {
    let text = sample().to_text();

    for end in 0..text.len() {
        assert_eq!(Backup::from_text(&text[..end]), Err(BadBackup::Form), "cut at {end}");
    }
}

#[test]
fn a_backup_cannot_name_a_setting_that_is_not_ours_to_change() {
    let (_, key) = known();
    let text = sample().to_text().replace(key, "org.gnome.desktop.lockdown disable-command-line");

    assert_eq!(Backup::from_text(&text), Err(BadBackup::Setting));
}

#[test]
fn what_came_of_it_is_told_in_words() {
    let left = Restored::LeftAlone(vec![(Way::Gnome, "a b"), (Way::Gnome, "c")]);

    assert_eq!(Restored::Original.to_string(), "everything is as it was");
    assert_eq!(left.to_string(), "left as somebody else has set it: `a b` `c`");
}
