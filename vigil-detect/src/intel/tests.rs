use std::io;

use super::{Affected, Builder, Intel, Table};

fn intel(lists: Vec<(&str, Builder)>) -> Intel {
    let tables = lists.into_iter().map(|(name, builder)| {
        let mut bytes = Vec::new();
        builder.write(&mut bytes).unwrap();
        let len = bytes.len() as u64;
        let read = move |at: u64, buffer: &mut [u8]| {
            let at = usize::try_from(at).unwrap();
            let part = bytes.get(at..at + buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
            buffer.copy_from_slice(part);
            Ok(())
        };
        Table::open(name, len, Box::new(read)).unwrap()
    });
    Intel::new(tables.collect())
}

fn versions(versions: &[&str]) -> Affected {
    Affected::of(versions.iter().map(|version| (*version).to_owned()).collect(), Vec::new())
}

#[test]
fn the_surest_list_speaks() {
    let (mut vague, mut sure) = (Builder::default(), Builder::default());
    vague.package("npm", "evil", "", &Affected::Some);
    sure.package("npm", "evil", "MAL-1", &versions(&["1.0.0"]));
    let intel = intel(vec![("vague", vague), ("sure", sure)]);

    let said = |version| intel.package("npm", "evil", version).map(|said| (said.by, said.certain));

    assert_eq!(said(Some("1.0.0")), Some(("sure:MAL-1".to_owned(), true)));
    assert_eq!(said(Some("2.0.0")), Some(("vague".to_owned(), false)));
    assert_eq!(intel.package("pypi", "evil", None), None);
}

#[test]
fn an_address_is_a_host_too() {
    let mut builder = Builder::default();
    builder.host("198.51.100.7", "9", &versions(&["4444"]));
    builder.host("2001:db8::7", "10", &Affected::All);
    builder.host("Evil.Example", "11", &Affected::All);
    assert_eq!((builder.counts().addresses, builder.counts().hosts), (2, 1));
    let intel = intel(vec![("places", builder)]);

    assert!(!intel.host("198.51.100.7").unwrap().certain);
    assert!(intel.endpoint("198.51.100.7", 4444).unwrap().certain);
    assert!(!intel.endpoint("::ffff:198.51.100.7", 443).unwrap().certain);
    assert!(intel.host("[2001:db8::7]").unwrap().certain);
    assert_eq!(intel.endpoint("www.evil.example.", 80).unwrap().by, "places:11");
    assert_eq!(intel.host("example"), None);
    assert_eq!(intel.host("more.evil.example"), None);
}

#[test]
fn a_url_is_itself_or_its_host() {
    let mut builder = Builder::default();
    builder.url("http://shared.example/bad.sh", "1", &Affected::All);
    builder.host("evil.example", "2", &Affected::All);
    let intel = intel(vec![("urls", builder)]);

    assert_eq!(intel.url("http://SHARED.example:80/bad.sh").unwrap().by, "urls:1");
    assert_eq!(intel.url("http://shared.example/good.sh"), None);
    assert_eq!(intel.url("https://evil.example/any").unwrap().by, "urls:2");
    assert_eq!(intel.url("no url"), None);
}

#[test]
fn an_empty_set_knows_nothing() {
    let intel = Intel::default();

    assert!(intel.is_empty());
    assert_eq!(intel.package("npm", "x", None), None);
    assert_eq!(intel.url("http://a/b"), None);
    assert_eq!(intel.damaged().count(), 0);
}
