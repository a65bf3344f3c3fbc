use std::{fs, path::Path};

use vigil_proto::{
    Batch, ContentHash, Event, Kind, Masked, NaturalKey, Source, SourceId, Timestamp, Witness,
    event::{Connection, Way},
};
use vigil_store::{Options, Reader, Store};

use super::{
    super::{
        import::{self, import},
        load,
    },
    Hunt,
};

fn connection(number: u64, host: &str) -> Event<Masked> {
    let source = SourceId::of(b"kernel");
    let kind = Kind::Connection(Connection {
        host: Masked::from_scan(host.to_owned()),
        port: 443,
        way: Way::Past,
        sent: 0,
        received: 0,
        duration_us: 0,
        detail: None,
        client: None,
        client_port: None,
        open: false,
    });
    Event {
        id: NaturalKey::Occurrence { source, number, what: "test" }.id(),
        incomplete_key: false,
        at: Timestamp::from_micros(1_700_000_000_000_000),
        seen_at: Timestamp::from_micros(1_700_000_000_000_000),
        witness: Witness::Kernel,
        position: number,
        session: None,
        thread: None,
        turn: None,
        tool_call: None,
        process: None,
        content: ContentHash(0),
        kind,
    }
}

fn list(dir: &Path, hosts: &[&str]) {
    let rows = hosts.iter().map(|host| {
        format!(
            r#""2026-11-24 05:00:00", "41", "{host}", "domain", "botnet_cc", "x", "", "X", "", "100", "None", "x", "0", "a""#
        )
    });
    let rows: Vec<_> = rows.collect();
    let file = dir.join("full.csv");
    fs::write(&file, format!("# ThreatFox\n{}\n", rows.join("\n"))).unwrap();
    let source = import::Source { path: file, ..import::Source::default() };
    import(dir, &[source], Timestamp::from_micros(1_795_651_200_000_000)).unwrap();
}

#[test]
fn a_new_list_finds_what_is_long_past_and_only_once() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(dir.path(), Options::default(), Box::new(|_| ())).unwrap();
    let mut batch = Batch::new(Source {
        id: SourceId::of(b"kernel"),
        witness: Witness::Kernel,
        place: Masked::literal("kernel"),
    });
    // More than a page of them.
    batch.events = (0..1500).map(|n| connection(n, &format!("host-{n}.example"))).collect();
    store.writer().submit(batch, Vec::new()).unwrap();
    store.writer().flush().unwrap();
    let hunt = Hunt { data: dir.path().to_owned(), writer: store.writer() };
    let run = || hunt.run(&load(dir.path()).unwrap(), &|| false).unwrap();
    assert_eq!(run(), 0, "there is no list");

    list(dir.path(), &["host-3.example", "host-1400.example"]);
    assert_eq!(run(), 2);
    assert_eq!(run(), 0, "they were judged by it");
    list(dir.path(), &["host-3.example", "host-77.example"]);
    assert_eq!(run(), 1, "the others were told of");

    let reader = Reader::open(dir.path()).unwrap();
    let (contacts, _) = reader.contacts(0, 2000, "intel-host").unwrap();
    let told = contacts.iter().filter(|contact| contact.told).map(|contact| contact.host.as_str());
    assert_eq!(
        told.collect::<Vec<_>>(),
        ["host-3.example", "host-77.example", "host-1400.example"]
    );
    drop(reader);
    drop(hunt);
    store.close().unwrap();
}

#[test]
fn a_hunt_that_is_ended_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(dir.path(), Options::default(), Box::new(|_| ())).unwrap();
    list(dir.path(), &["evil.example"]);
    let hunt = Hunt { data: dir.path().to_owned(), writer: store.writer() };
    let intel = load(dir.path()).unwrap();
    hunt.run(&intel, &|| true).unwrap();
    let mut batch = Batch::new(Source {
        id: SourceId::of(b"kernel"),
        witness: Witness::Kernel,
        place: Masked::literal("kernel"),
    });
    batch.events.push(connection(1, "evil.example"));
    store.writer().submit(batch, Vec::new()).unwrap();
    store.writer().flush().unwrap();

    assert_eq!(hunt.run(&intel, &|| false).unwrap(), 1);

    drop(hunt);
    store.close().unwrap();
}
