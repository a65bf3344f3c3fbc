use super::{SiteRow, SiteState, sites};
use crate::{
    Timestamp, Witness,
    browser::{Health, Healths, SiteHealth},
    surface::{self, ClientEvidence, Evidence, Route, Surface},
};

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn told(site: &str, health: Health) -> Healths {
    [(site.to_owned(), SiteHealth { site: site.to_owned(), at: NOW, health })].into()
}

fn health(state: &str, drift: &str) -> Health {
    Health { state: state.to_owned(), drift: drift.to_owned(), patched: true, ..Health::default() }
}

fn seen(client: &str) -> Vec<Surface> {
    seen_by(client, Witness::Browser)
}

fn seen_by(client: &str, witness: Witness) -> Vec<Surface> {
    let evidence = ClientEvidence {
        client: client.to_owned(),
        witnesses: [(witness, Evidence { count: 2, last: Some(NOW) })].into(),
        ..ClientEvidence::default()
    };
    surface::matrix(vec![evidence], NOW, |_| Route::None)
}

fn one(told: &Healths, surfaces: &[Surface]) -> SiteRow {
    let rows = sites(told, surfaces, |_| false);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    row.clone()
}

#[test]
fn a_site_nobody_has_told_of_is_not_in_the_list() {
    assert!(sites(&Healths::new(), &[], |_| false).is_empty());
}

#[test]
fn each_state_has_its_words() {
    let state = |state, drift| one(&told("claude.ai", health(state, drift)), &[]);

    let stale = state("stale", "");
    let network = state("drift", "network");
    let page = state("drift", "page");

    assert_eq!((stale.state, stale.client.as_str()), (SiteState::Stale, "claude-web"));
    assert!(stale.words.contains("not recorded"), "{}", stale.words);
    assert!(network.words.contains("from its pages alone"), "{}", network.words);
    assert!(page.words.contains("from the network alone"), "{}", page.words);
    assert_eq!(state("ok", "").state, SiteState::Ok);
    assert_eq!(state("idle", "").state, SiteState::Idle);
}

#[test]
fn what_is_on_record_of_a_site_that_told_nothing_is_no_sign_of_health() {
    let row = one(&Healths::new(), &seen("chatgpt-web"));

    assert_eq!((row.site.as_str(), row.state), ("chatgpt.com", SiteState::Unheard));
    assert_eq!((row.told, row.last, row.health), (None, Some(NOW), None));
}

#[test]
fn a_site_that_was_only_visited_is_not_taken_for_one_that_is_read() {
    let row = one(&Healths::new(), &seen_by("claude-web", Witness::History));

    assert_eq!((row.state, row.last), (SiteState::Unheard, None));
    assert!(row.words.contains("nothing of what was said"), "{}", row.words);
}

#[test]
fn a_site_that_is_left_out_is_told_so_whatever_its_page_says() {
    let told = told("claude.ai", health("ok", ""));

    let rows = sites(&told, &[], |client| client == "claude-web");

    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row.state, row.health.as_ref()), (SiteState::Off, None));
    assert!(row.words.contains("exclude.clients"), "{}", row.words);
}

#[test]
fn what_was_lost_is_told_beside_a_good_state() {
    let lossy = Health { patched: false, dropped: 2, unseen: 1, failed: 4, ..health("ok", "") };

    let row = one(&told("claude.ai", lossy), &[]);

    assert!(row.words.contains("first words may be missing"), "{}", row.words);
    assert!(row.words.contains("3 left out"), "{}", row.words);
    assert!(row.words.contains("4 errors"), "{}", row.words);
}
