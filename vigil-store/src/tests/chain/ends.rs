//! The end of the chain, which only a head that was noted elsewhere can vouch for.

use rusqlite::Connection;
use vigil_proto::{
    report::{About, NotedHead, Wrong},
    rpc::ChainHead,
};

use super::{edit, filled, is, problem, verify, verify_by};
use crate::LinkHead;

/// What somebody does who wants the last link and all it told of gone without a trace.
const CUT: &str = "
    DELETE FROM events WHERE seq > (SELECT last_seq FROM links WHERE number =
        (SELECT max(number) - 1 FROM links));
    DELETE FROM names WHERE text = 'Bash';
    DELETE FROM links WHERE number = (SELECT max(number) FROM links);";

fn noted(dir: &std::path::Path) -> Vec<NotedHead> {
    let conn = Connection::open(dir.join("vigil.db")).unwrap();
    let mut statement = conn.prepare("SELECT number, head FROM links ORDER BY number").unwrap();
    let heads = statement.query_map([], |row| {
        Ok(NotedHead {
            number: row.get::<_, i64>(0)?.cast_unsigned(),
            head: ChainHead(row.get(1)?),
        })
    });
    heads.unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_cut_tail_is_seen_by_an_anchor_and_by_nothing_else() {
    let dir = filled();
    let noted = noted(dir.path());
    edit(dir.path(), CUT);
    edit(
        dir.path(),
        "UPDATE meta SET value = (SELECT max(seq) FROM events) WHERE name = 'last seq'",
    );

    let alone = verify(dir.path());
    let anchored = verify_by(dir.path(), Some(&noted));

    assert!(alone.intact, "{alone:#?}");
    assert_eq!(alone.anchors, None);
    let problem = problem(&anchored);
    is(problem, Wrong::Missing, About::Link, noted.len() as u64);
    assert!(problem.why.contains("cut off"));
    let anchors = anchored.anchors.unwrap();
    assert_eq!(anchors.vouched, noted.len() as u64 - 1);
}

#[test]
fn whoever_cuts_the_tail_and_forgets_the_count_is_seen_without_one() {
    let dir = filled();
    edit(dir.path(), CUT);

    let verified = verify(dir.path());

    let problem = problem(&verified);
    assert_eq!((problem.what, problem.about), (Wrong::Missing, About::Link));
}

#[test]
fn anchors_vouch_for_what_they_have_seen() {
    let dir = filled();
    let noted = noted(dir.path());

    let verified = verify_by(dir.path(), Some(&noted[..2]));

    assert!(verified.intact);
    let anchors = verified.anchors.unwrap();
    assert_eq!((anchors.given, anchors.matched, anchors.vouched), (2, 2, 2));
    assert!(verified.chain.number > 2);
    assert_eq!(verified.chain.head, noted.last().map(|last| last.head.to_string()));
}

#[test]
fn a_chain_that_was_made_anew_is_seen_by_an_anchor() {
    let dir = filled();
    let noted = noted(dir.path());
    edit(dir.path(), "UPDATE events SET outcome = 2 WHERE seq = 3; DELETE FROM links;");
    let conn = Connection::open(dir.path().join("vigil.db")).unwrap();
    crate::chain::as_found(&conn).unwrap();
    drop(conn);

    let alone = verify(dir.path());
    let anchored = verify_by(dir.path(), Some(&noted));

    assert!(alone.intact, "an unkeyed chain cannot tell: {alone:#?}");
    assert!(alone.chain.as_found.is_some(), "but it says what it is");
    assert!(anchored.problems.iter().any(|problem| {
        (problem.what, problem.about, problem.number) == (Wrong::Altered, About::Anchor, 1)
    }));
    assert!(anchored.problems.iter().any(|problem| problem.about == About::Link));
}

#[test]
fn a_store_without_its_chain_is_not_intact() {
    let dir = filled();
    edit(dir.path(), "DELETE FROM links");

    let verified = verify(dir.path());

    assert_eq!(verified.events.intact, 0);
    assert!(verified.problems.iter().any(|problem| problem.about == About::Link));
}

#[test]
fn the_head_of_a_link_is_told_as_it_stands() {
    let dir = filled();
    let noted = noted(dir.path());
    let reader = crate::Reader::open(dir.path()).unwrap();
    let last = noted.last().unwrap();

    let head = reader.head().unwrap();

    assert_eq!((head.number, head.head), (last.number, last.head));
    for NotedHead { number, head } in &noted {
        assert_eq!(reader.head_of(*number).unwrap(), LinkHead::Is(*head));
    }
    assert_eq!(reader.head_of(0).unwrap(), LinkHead::Is(ChainHead([0; 32])));
    assert_eq!(reader.head_of(last.number + 1).unwrap(), LinkHead::Missing);
    assert_eq!(reader.head_of(u64::MAX).unwrap(), LinkHead::Missing);
}

#[test]
fn a_link_before_the_place_where_a_chain_goes_on_is_elsewhere() {
    let dir = filled();
    let last = noted(dir.path()).len();
    // As in a new file: the damaged one that was set aside had all links but the last.
    edit(
        dir.path(),
        &format!("DELETE FROM links WHERE number < {last}; UPDATE links SET reason = 4"),
    );
    let reader = crate::Reader::open(dir.path()).unwrap();

    assert_eq!(reader.head_of(1).unwrap(), LinkHead::Elsewhere);
    assert!(matches!(reader.head_of(last as u64).unwrap(), LinkHead::Is(_)));
}
