use std::io::Cursor;

use vigil_detect::intel::{Built, Intel, Listed, Table};
use vigil_proto::intel::IntelForm;

use super::{super::gathered::Gathered, take_in};

const URLHAUS: &str = r#"################################################################
# abuse.ch URLhaus Database Dump (CSV - recent URLs only)      #
################################################################
#
# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter
"31","2026-11-25 10:00:00","http://198.51.100.7:8080/bin.sh","online","2026-11-25 10:00:00","malware_download","elf","https://x/31","a"
"32","2026-11-25 09:00:00","https://hacked.example/wp/a.exe","offline","","malware_download","exe,""quoted""","https://x/32","b"
"33","2020-01-01 09:00:00","http://old.example/a.exe","offline","","malware_download","None","https://x/33","b"
"34","2026-11-25 08:00:00","https://raw.githubusercontent.com/e/v/main/x.ps1","online","","malware_download","None","https://x/34","b"
"35","2026-11-25 08:00:00","http://192.168.1.4/x","online","","malware_download","None","https://x/35","b"
"36","2026-11-25 08:00:00","no url at all","online","","malware_download","None","https://x/36","b"
"#;

const THREATFOX: &str = r#"# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type","fk_malware","malware_alias","malware_printable","last_seen_utc","confidence_level","is_compromised","reference","tags","anonymous","reporter"
"2026-11-24 05:00:00", "41", "203.0.113.9:4444", "ip:port", "botnet_cc", "elf.x", "None", "X", "", "100", "False", "None", "x", "0", "a"
"2026-11-24 05:00:00", "42", "c2.example", "domain", "botnet_cc", "elf.x", "None", "X", "", "80", "False", "None", "x", "0", "a"
"2026-11-24 05:00:00", "43", "unsure.example", "domain", "botnet_cc", "elf.x", "None", "X", "", "50", "False", "None", "x", "0", "a"
"2026-11-24 05:00:00", "44", "hacked.example", "domain", "payload_delivery", "elf.x", "None", "X", "", "100", "True", "None", "x", "0", "a"
"2021-01-01 05:00:00", "45", "203.0.113.10:4444", "ip:port", "botnet_cc", "elf.x", "None", "X", "", "100", "False", "None", "x", "0", "a"
"2026-11-24 05:00:00", "46", "https://c2.example/gate", "url", "botnet_cc", "elf.x", "None", "X", "", "100", "False", "None", "x", "0", "a"
"2026-11-24 05:00:00", "47", "d41d8cd98f00b204e9800998ecf8427e", "md5_hash", "payload", "elf.x", "None", "X", "", "100", "False", "None", "x", "0", "a"
"2026-11-24 05:00:00", "48", "github.com", "domain", "payload_delivery", "elf.x", "None", "X", "", "100", "False", "None", "x", "0", "a"
"2026-11-24 05:00:00", "49", "127.0.0.1:80", "ip:port", "botnet_cc", "elf.x", "None", "X", "", "100", "False", "None", "x", "0", "a"
"#;

pub(super) fn gathered() -> Gathered {
    Gathered::new("2026-11-26".parse().unwrap())
}

fn read(text: &str, ecosystem: Option<&str>) -> Gathered {
    let mut all = gathered();
    let known = take_in(&mut Cursor::new(text), "list", ecosystem, &mut all).unwrap();
    assert!(known, "no form: {text:.80}");
    all
}

fn intel(gathered: Gathered) -> Intel {
    let mut bytes = Vec::new();
    gathered.builder.write(&mut bytes).unwrap();
    let len = bytes.len() as u64;
    let read = move |at: u64, buffer: &mut [u8]| {
        let at = usize::try_from(at).unwrap();
        buffer.copy_from_slice(&bytes[at..at + buffer.len()]);
        Ok(())
    };
    Intel::new(vec![Table::open("list", len, Box::new(read)).unwrap()])
}

fn said(listed: Option<Listed>) -> Option<(String, bool)> {
    listed.map(|listed| (listed.by, listed.certain))
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what may be none")]
fn sure(id: &str) -> Option<(String, bool)> {
    Some((format!("list:{id}"), true))
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what may be none")]
fn unsure(id: &str) -> Option<(String, bool)> {
    Some((format!("list:{id}"), false))
}

#[test]
fn urlhaus_lists_urls_and_hosts_that_are_still_there() {
    let all = read(URLHAUS, None);
    assert_eq!(all.form, Some(IntelForm::Urlhaus));
    assert_eq!(all.newest.as_deref(), Some("2026-11-25"));
    assert_eq!(all.skipped["not-a-url"], 1);
    assert_eq!(all.examples["not-a-url"], ["no url at all"]);
    let intel = intel(all);

    assert_eq!(said(intel.url("http://198.51.100.7:8080/bin.sh")), sure("31"));
    assert_eq!(said(intel.endpoint("198.51.100.7", 8080)), sure("31"));
    assert_eq!(said(intel.endpoint("198.51.100.7", 443)), unsure("31"));
    // Somebody else's server, which was broken into.
    assert_eq!(said(intel.host("hacked.example")), unsure("32"));
    // Long cleaned, but the file is what it was.
    assert_eq!(said(intel.host("old.example")), None);
    assert_eq!(said(intel.url("http://old.example/a.exe")), sure("33"));
    // Anybody can put a file there.
    assert_eq!(said(intel.host("raw.githubusercontent.com")), None);
    assert_eq!(said(intel.url("https://raw.githubusercontent.com/e/v/main/x.ps1")), sure("34"));
    assert_eq!(said(intel.host("192.168.1.4")), None);
}

#[test]
fn threatfox_lists_what_malware_speaks_with() {
    let all = read(THREATFOX, None);
    assert_eq!(all.form, Some(IntelForm::Threatfox));
    let skipped: Vec<_> = all.skipped.iter().map(|(why, n)| (why.as_str(), *n)).collect();
    assert_eq!(skipped, [("no-place", 1), ("private-address", 1), ("shared-host", 1)]);
    let intel = intel(all);

    assert_eq!(said(intel.endpoint("203.0.113.9", 4444)), sure("41"));
    assert_eq!(said(intel.endpoint("203.0.113.9", 443)), unsure("41"));
    assert_eq!(said(intel.host("c2.example")), sure("42"));
    assert_eq!(said(intel.host("unsure.example")), unsure("43"));
    assert_eq!(said(intel.host("hacked.example")), unsure("44"));
    // Five years later it is somebody else's.
    assert_eq!(said(intel.endpoint("203.0.113.10", 4444)), unsure("45"));
    assert_eq!(said(intel.url("https://c2.example/gate")), sure("46"));
    assert_eq!(said(intel.host("github.com")), None);
}

#[test]
fn rows_without_a_head_are_told_by_what_is_in_them() {
    for text in [URLHAUS, THREATFOX] {
        let rows: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let (with, without) = (read(text, None), read(&rows.join("\r\n"), None));

        assert_eq!(with.form, without.form);
        assert_eq!(with.builder.counts().urls, without.builder.counts().urls);
    }
}

#[test]
fn the_exports_in_json_say_the_same() {
    let urlhaus = r#"{"31":[{"dateadded":"2026-11-25 10:00:00 UTC","url":"http://198.51.100.7:8080/bin.sh",
        "url_status":"online","last_online":null,"threat":"malware_download","tags":null}]}"#;
    let intel_of = |text| intel(read(text, None));
    let intel = intel_of(urlhaus);
    assert_eq!(said(intel.endpoint("198.51.100.7", 8080)), sure("31"));

    let threatfox = r#"{"42":[{"ioc_value":"c2.example","ioc_type":"domain","threat_type":"botnet_cc",
        "first_seen_utc":"2026-11-24 05:00:00","last_seen_utc":null,"confidence_level":100}],
        "43":[{"ioc_value":"x.example","ioc_type":"domain","first_seen_utc":"2026-11-24","confidence_level":"60"}]}"#;
    let intel = intel_of(threatfox);
    assert_eq!(said(intel.host("c2.example")), sure("42"));
    assert_eq!(said(intel.host("x.example")), unsure("43"));
}

#[test]
fn names_are_all_or_some() {
    let all = read("# made up\nevil\tall\t3\n@scope/half\tsome\t0\n\nnonsense\n", Some("npm"));
    assert_eq!(all.builder.counts(), Built { packages: 2, ..Built::default() });
    assert_eq!(all.skipped["not-a-name"], 1);
    let intel = intel(all);

    assert_eq!(said(intel.package("npm", "evil", Some("1.0.0"))), Some(("list".to_owned(), true)));
    let half = said(intel.package("npm", "@scope/half", Some("1.0.0")));
    assert_eq!(half, Some(("list".to_owned(), false)), "it is not said which versions");
}

#[test]
fn only_malicious_advisories_become_indicators() {
    let advisories = r#"
{"id":"MAL-2026-1","modified":"2026-11-20T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"evil"},
  "ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}],"versions":["1.0.0"]}]}
{"id":"MAL-2026-2","modified":"2026-11-20T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"half"},
  "versions":["1.95.6","1.95.7"]}]}
{"id":"GHSA-aaaa","modified":"2026-11-20T00:00:00Z","database_specific":{"cwe_ids":["CWE-506"]},
  "affected":[{"package":{"ecosystem":"PyPI","name":"Bad_Thing"},
  "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"2.0"},{"fixed":"2.1"},{"introduced":"3.0"},{"last_affected":"3.2"}]}]}]}
{"id":"GHSA-bbbb","modified":"2026-11-20T00:00:00Z","database_specific":{"cwe_ids":["CWE-79"]},
  "affected":[{"package":{"ecosystem":"npm","name":"lodash"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}
{"id":"MAL-2026-3","modified":"2026-11-20T00:00:00Z","withdrawn":"2026-11-21T00:00:00Z",
  "affected":[{"package":{"ecosystem":"npm","name":"mistaken"},"versions":["1.0.0"]}]}
{"id":"RUSTSEC-2026-1","modified":"2026-11-20T00:00:00Z","summary":"`evil-rs` was removed for malicious code",
  "affected":[{"package":{"ecosystem":"crates.io","name":"evil-rs"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0.0.0-0"}]}]}]}
{"id":"MAL-2026-4","modified":"2026-11-20T00:00:00Z","affected":[{"package":{"ecosystem":"Go","name":"example.org/x"},
  "ranges":[{"type":"GIT","repo":"https://x","events":[{"introduced":"0"}]}]}]}
{"id":"MAL-2026-5","affected":"nonsense"}
"#;
    let all = read(advisories, None);
    assert_eq!(all.form, Some(IntelForm::Osv));
    assert_eq!(all.newest.as_deref(), Some("2026-11-20"));
    let skipped: Vec<_> = all.skipped.iter().map(|(why, n)| (why.as_str(), *n)).collect();
    assert_eq!(skipped, [("not-an-advisory", 1), ("vulnerability", 1), ("withdrawn", 1)]);
    let intel = intel(all);
    let package = |ecosystem, name, version| said(intel.package(ecosystem, name, version));

    assert_eq!(package("npm", "evil", Some("9.9.9")), sure("MAL-2026-1"));
    assert_eq!(package("npm", "half", Some("1.95.7")), sure("MAL-2026-2"));
    assert_eq!(package("npm", "half", Some("1.95.8")), None);
    assert_eq!(package("npm", "half", None), unsure("MAL-2026-2"));
    for (version, is_meant) in
        [("1.9", false), ("2.0", true), ("2.1", false), ("3.2", true), ("3.3", false)]
    {
        let expected = if is_meant { sure("GHSA-aaaa") } else { None };
        assert_eq!(package("pypi", "bad-thing", Some(version)), expected, "{version}");
    }
    assert_eq!(package("npm", "lodash", None), None);
    assert_eq!(package("npm", "mistaken", None), None);
    assert_eq!(package("crates.io", "evil_rs", Some("0.1.0")), sure("RUSTSEC-2026-1"));
    assert_eq!(package("go", "example.org/x", Some("v1.0.0")), unsure("MAL-2026-4"));
}

#[test]
fn advisories_come_alone_in_a_list_or_one_a_line() {
    let one = |n: u32| {
        format!(
            r#"{{"id":"MAL-1-{n}","affected":[{{"package":{{"ecosystem":"npm","name":"evil-{n}"}},"versions":["1.0.0"]}}]}}"#
        )
    };
    for (text, n) in [
        (format!("\u{feff}{}", one(1)), 1),
        (format!("[{},\n{}]", one(1), one(2)), 2),
        (format!("{}\n{}\n", one(1), one(2)), 2),
    ] {
        assert_eq!(read(&text, None).builder.counts().packages, n, "{text}");
    }
}

#[test]
fn what_is_no_list_is_told_from_one() {
    for text in ["", "hello\nworld\n", "{}", "[]", "[1,2]", "{\"a\":{\"b\":[]}}", "\"x\",\"y\"\n"] {
        let known = take_in(&mut Cursor::new(text), "x", None, &mut gathered()).unwrap();
        assert!(!known, "{text}");
    }
}

#[test]
fn events_stand_in_any_order() {
    let of = |events: &str| {
        format!(
            r#"{{"id":"MAL-1","affected":[{{"package":{{"ecosystem":"npm","name":"half"}},"ranges":[{{"type":"SEMVER","events":[{events}]}}]}}]}}"#
        )
    };
    for (events, sick, sound) in [
        (r#"{"fixed":"1.2.0"},{"introduced":"1.1.0"}"#, "1.1.5", "1.2.0"),
        (r#"{"last_affected":"1.1.0"},{"introduced":"1.1.0"}"#, "1.1.0", "1.1.1"),
        (r#"{"introduced":"1.10.0"},{"fixed":"1.2.0"},{"introduced":"0"}"#, "1.10.0", "1.9.0"),
        (r#"{"introduced":"0"},{"introduced":"1.0.0"},{"fixed":"1.2.0"}"#, "0.1.0", "1.2.0"),
    ] {
        let intel = intel(read(&of(events), None));
        assert_eq!(said(intel.package("npm", "half", Some(sick))), sure("MAL-1"), "{events}");
        assert_eq!(said(intel.package("npm", "half", Some(sound))), None, "{events}");
    }
}

#[test]
fn what_ends_in_the_middle_is_refused() {
    let one = r#"{"id":"MAL-1","affected":[{"package":{"ecosystem":"npm","name":"evil"},"versions":["1.0.0"]}]}"#;
    let whole = format!("{one}\n{one}\n");
    assert_eq!(read(&whole, None).builder.counts().packages, 2);
    for end in [one.len() + 2, whole.len() - 3, one.len() / 2] {
        let cut = take_in(&mut Cursor::new(&whole[..end]), "x", None, &mut gathered());
        assert!(cut.is_err(), "{end}");
    }

    // Of lines it is only known where nobody said how many bytes there are.
    for (text, is_whole) in [("evil\tall\nworse\tall\n", true), ("evil\tall\nworse\tall", false)] {
        let mut all = gathered();
        all.may_be_cut = true;
        let taken = take_in(&mut Cursor::new(text), "x", Some("npm"), &mut all);
        assert_eq!(taken.is_ok(), is_whole, "{text}");
    }
}

#[test]
fn a_list_of_nothing_is_not_kept_in_memory() {
    let mut text = String::from("[");
    text.push_str(&"0,".repeat(4_100_000));
    text.push_str("0]");
    let mut all = gathered();

    assert!(!take_in(&mut Cursor::new(text), "x", None, &mut all).unwrap());

    assert_eq!(all.skipped["too-many"], 1);
}

#[test]
fn nothing_that_is_left_out_can_be_printed_to_harm() {
    let text = format!("evil\tall\n{}\u{1b}[2J{}\tnever\n", "a".repeat(60), "b".repeat(400));
    let all = read(&text, Some("npm"));

    let example = &all.examples["not-a-name"][0];
    assert!(example.chars().count() <= 80 && !example.contains('\u{1b}'), "{example:?}");
}

#[test]
fn lines_without_end_and_bytes_that_are_no_text_are_left_out() {
    let mut text = b"evil\tall\n".to_vec();
    text.extend(std::iter::repeat_n(b'x', 200_000));
    text.extend(b"\nworse\tall\n\xff\xfe\tall\nworst\tsome");
    let mut all = gathered();

    assert!(take_in(&mut Cursor::new(text), "list", Some("npm"), &mut all).unwrap());

    assert_eq!(all.builder.counts().packages, 3);
    assert_eq!((all.skipped["long-line"], all.skipped["not-text"]), (1, 1));
}

#[test]
fn one_list_has_one_form() {
    let mut all = gathered();
    for text in [URLHAUS, THREATFOX, "evil\tall\n"] {
        take_in(&mut Cursor::new(text), "list", Some("npm"), &mut all).unwrap();
    }

    assert_eq!(all.form, Some(IntelForm::Urlhaus));
    assert_eq!(all.skipped["other-form"], 2);
}
