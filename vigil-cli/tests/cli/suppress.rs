//! `vigil suppress`: what it asks of the agent, what it refuses by itself, and what it lists.

use serde_json::json;
use vigil_proto::{Masked, Timestamp};
use vigil_store::{Options, Store, Suppression, SuppressionOf};

use crate::{home::Home, record::record, stand_in::StandIn};

#[test]
fn the_agent_is_asked_and_its_answer_is_told() {
    let home = Home::new();
    let id = record(&home).finding.to_string();
    let agent = StandIn::start(&home, &json!({}));

    let made = home.vigil(["suppress", "add", &id[..8], "--reason", "made up", "--expires", "9d"]);
    let back = home.vigil(["suppress", "remove", "7"]);

    let made = made.exits(0).stderr;
    assert!(made.contains("1 finding is suppressed") && made.contains("remove 7"), "{made}");
    assert!(back.exits(0).stderr.contains("2 findings are open again"));
    let asked = agent.asked();
    let asked: Vec<&str> = asked.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(asked, ["/api/v1/suppress", "/api/v1/unsuppress"]);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anybody_is_asked() {
    let home = Home::new();
    record(&home);
    let agent = StandIn::start(&home, &json!({}));

    for wrong in [
        &["suppress", "add", "--reason", "x"][..],
        &["suppress", "add", "abc"],
        &["suppress", "add", "--rule", "jwt", "--reason", "x"],
        &["suppress", "add", "--rule", "jwt", "--path", "a", "--project", "/b", "--reason", "x"],
        &["suppress", "add", "ffff", "--reason", "x"],
        &[
            "suppress",
            "add",
            "--rule",
            "jwt",
            "--path",
            "a",
            "--reason",
            "x",
            "--expires",
            "2020-01-01",
        ],
    ] {
        assert_ne!(home.vigil(wrong).code, 0, "{wrong:?}");
    }

    assert_eq!(agent.asked(), Vec::<String>::new());
}

#[test]
fn those_in_force_are_listed_and_what_they_cover_is_counted_and_not_listed() {
    let home = Home::new();
    let id = record(&home).finding;
    let folder = home.path("vigil/data");
    let (store, _) = Store::open(&folder, Options::default(), Box::new(|_| ())).unwrap();
    let of = SuppressionOf::Finding(id);
    let reason = Masked::from_scan("made up".to_owned());
    let new = Suppression { of, reason, expires: None };
    store.writer().suppress(new, Timestamp::from_micros(1_763_900_000_000_000)).unwrap();
    store.close().unwrap();

    let listed = home.vigil(["suppress", "list", "--json"]).exits(0).document("suppressions");
    let words = home.vigil(["suppress", "list"]).exits(0).stdout;
    let open = home.vigil(["findings", "--exit-code"]).exits(0);
    let document = home.vigil(["findings", "--json"]).exits(0).document("findings");
    let all = home.vigil(["findings", "--state", "suppressed", "--json"]).exits(0);

    assert_eq!(listed["suppressions"][0]["finding"], id.to_string());
    assert!(words.contains("made up") && words.contains(&id.to_string()[..12]), "{words}");
    assert!(open.stdout.is_empty() && open.stderr.contains("1 finding is suppressed"));
    assert_eq!((document["suppressed"].as_u64(), &document["findings"]), (Some(1), &json!([])));
    assert_eq!(all.document("findings")["findings"][0]["state"], "suppressed");
}
