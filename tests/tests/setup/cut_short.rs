//! Ended as by a power cut at every place where something was just written or is about to be, and run
//! again: it is carried on, and can be taken back as if nothing had happened.

use std::os::unix::process::ExitStatusExt as _;

use super::{ALL_DONE, World, words};

/// Where a run is ended. The places of the service are the service's own.
const PLACES: &[&str] = &[
    "consent-before",
    "consent-after",
    "ca-before",
    "ca-after",
    "route-before",
    "route-noted",
    "route-staged",
    "route-written",
    "route-after",
    "browser-before",
    "browser-script",
    "browser-noted",
    "browser-between",
    "browser-after",
];

/// Where taking back is ended.
const BACK: &[&str] = &["route-undo", "route-taken-out", "trust-undo", "ca-undo"];

impl World {
    /// Runs it until it is ended at `place`.
    fn cut(&self, place: &str, arguments: &[&str]) {
        let stopped = self.setup(&[arguments, &["--test-stop-at", place]].concat());
        assert_eq!(stopped.status.signal(), Some(6), "{place}: {}", words(&stopped));
    }
}

#[test]
fn what_was_cut_short_anywhere_is_carried_on_by_the_next_run() {
    let world = World::new();
    let before = world.tree();
    for place in PLACES {
        // Without an agent for the authority, which the agent would have made.
        if place.starts_with("ca") {
            world.cut(place, &["--yes", "--no-service"]);
        }
        let vigil = world.start();
        if !place.starts_with("ca") {
            world.cut(place, &["--yes"]);
        }

        let report = world.report(&["--yes"]);

        let is_done = report.states() == ALL_DONE && report.code == Some(0);
        assert!(is_done, "{place}: {}", report.document);
        let back = world.report(&["--undo", "browser"]);
        assert_eq!(back.code, Some(0), "{place}: {}", back.document);
        let back = world.report(&["--undo", "ca"]);
        assert_eq!(back.code, Some(0), "{place}: {}", back.document);
        before.is_same(&world.home.user());
        assert!(vigil.end().success(), "{place}");
        std::fs::remove_dir_all(world.home.vigil()).unwrap();
    }
}

#[test]
fn taking_back_that_was_cut_short_is_carried_on_too() {
    let world = World::new();
    let before = world.tree();
    let _vigil = world.start();
    for place in BACK {
        let report = world.report(&["--yes"]);
        assert_eq!(report.code, Some(0), "{place}: {}", report.document);
        world.cut(place, &["--undo", "ca"]);

        let back = world.report(&["--undo", "ca"]);

        assert_eq!(back.code, Some(0), "{place}: {}", back.document);
        assert_eq!(world.report(&["--undo", "browser"]).code, Some(0), "{place}");
        before.is_same(&world.home.user());
    }
}
