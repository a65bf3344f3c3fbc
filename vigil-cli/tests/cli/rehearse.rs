//! `vigil rehearse`: what changed rules would find in what is recorded.

use crate::{home::Home, record::record};

#[test]
fn changed_rules_are_tried_on_what_is_recorded_and_not_switched_on() {
    let home = Home::new();
    record(&home);
    home.write("rules.toml", "[detect.rules.service]\npattern = 'payment serv[a-z]+'\n");

    let told = home.vigil(["rehearse", "rules.toml", "--json"]).exits(0).document("rehearsal");
    let words = home.vigil(["rehearse", "rules.toml"]).exits(0);

    let rule = &told["rules"]["user_service"];
    // The same prompt began both sessions.
    assert_eq!(
        (&rule["values"], &rule["places"], &rule["sessions"]),
        (&1.into(), &2.into(), &2.into())
    );
    assert!(told["limits"].as_str().unwrap().contains("masked"));
    assert!(words.stdout.contains("user_service"), "{}", words.stdout);
    let findings = home.vigil(["findings", "--json"]).exits(0).document("findings");
    assert_eq!(findings["findings"].as_array().unwrap().len(), 1, "nothing was switched on");
}

#[test]
fn rules_that_find_nothing_new_say_so_and_wrong_ones_name_their_line() {
    let home = Home::new();
    record(&home);
    home.write("none.toml", "[detect.rules.nothing]\npattern = 'never-said-[0-9]+'\n");
    home.write("wrong.toml", "\n[detect.rules.wrong]\npattern = '('\n");
    home.write("empty.toml", "");
    let over = "[[detect.allow]]\nprefix = \"abcd\"\nreason = \"old\"\nexpires = \"2020-01-01\"\n";
    home.write("over.toml", over);

    let none = home.vigil(["rehearse", "none.toml"]).exits(0);
    let wrong = home.vigil(["rehearse", "wrong.toml"]).exits(64);
    let empty = home.vigil(["rehearse", "empty.toml"]).exits(1);
    let over = home.vigil(["rehearse", "over.toml"]).exits(1);

    assert!(none.stderr.contains("would find nothing new"), "{}", none.stderr);
    assert!(wrong.stderr.contains("wrong.toml") && wrong.stderr.contains('3'), "{}", wrong.stderr);
    assert!(empty.stderr.contains("has no rules\n"), "{}", empty.stderr);
    assert!(over.stderr.contains("exceptions are over: \"old\""), "{}", over.stderr);
}
