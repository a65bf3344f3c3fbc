//! What is edited, deleted or put in by hand is named.

use vigil_proto::{
    KindName, Masked, Witness,
    report::{About, PROBLEMS, Wrong},
};

use super::{
    super::parts::{batch, open, prompt},
    edit, filled, is, problem, verify,
};

#[test]
fn a_short_text_that_was_edited_is_named_with_its_event() {
    let dir = filled();
    edit(dir.path(), "UPDATE events SET body = 'nothing' WHERE seq = 3");

    let verified = verify(dir.path());

    let problem = problem(&verified);
    is(problem, Wrong::Altered, About::Event, 3);
    assert_eq!(problem.kind, Some(KindName::ToolCall));
    assert_eq!(problem.session.as_ref().map(Masked::as_str), Some("s1"));
    assert_eq!(problem.name.as_ref().map(Masked::as_str), Some("Write"));
    assert_eq!(problem.link, Some(1));
    assert!(problem.id.is_some() && problem.at.is_some() && problem.link_at.is_some());
    assert_eq!((verified.events.intact, verified.events.altered), (8, 1));
}

#[test]
fn a_long_text_that_was_edited_is_told_as_the_text() {
    let dir = filled();
    let conn = rusqlite::Connection::open(dir.path().join("vigil.db")).unwrap();
    let packed: Vec<u8> =
        conn.query_row("SELECT data FROM blocks WHERE id = 1", [], |row| row.get(0)).unwrap();
    let mut text = zstd::bulk::decompress(&packed, 1 << 20).unwrap();
    let at = text.windows(4).position(|word| word == b"long").unwrap();
    text[at..at + 4].copy_from_slice(b"lost");
    conn.execute(
        "UPDATE blocks SET data = ? WHERE id = 1",
        [zstd::bulk::compress(&text, 1).unwrap()],
    )
    .unwrap();
    drop(conn);

    let verified = verify(dir.path());

    let problem = problem(&verified);
    is(problem, Wrong::Altered, About::Event, 2);
    assert!(problem.why.contains("its text"), "{}", problem.why);
}

#[test]
fn an_edited_outcome_and_an_added_witness_are_told_as_what_became_of_it() {
    for sql in [
        "UPDATE events SET outcome = 2 WHERE seq = 3",
        "UPDATE events SET witnesses = witnesses | 32 WHERE seq = 3",
        "INSERT INTO sightings VALUES (3, 1, 1, 5, 5, NULL)",
        "INSERT INTO sightings VALUES (3, 1, 1, 5, 5, 'user')",
    ] {
        let dir = filled();
        edit(dir.path(), sql);

        let verified = verify(dir.path());

        let problem = problem(&verified);
        is(problem, Wrong::Altered, About::Event, 3);
        assert!(problem.why.contains("witnesses, outcome"), "{sql}: {}", problem.why);
    }
}

#[test]
fn a_findings_severity_and_what_a_person_said_of_it() {
    for sql in [
        "UPDATE findings SET severity = 0 WHERE rule = 'aws_access_key'",
        "UPDATE triage_log SET note = 'false alarm'",
        "DELETE FROM triage_log",
    ] {
        let dir = filled();
        edit(dir.path(), sql);

        let verified = verify(dir.path());

        is(problem(&verified), Wrong::Altered, About::Finding, 1);
        assert_eq!((verified.findings.intact, verified.findings.altered), (1, 1), "{sql}");
    }
}

#[test]
fn a_deleted_row_is_missing_and_its_link_is_known() {
    let dir = filled();
    edit(dir.path(), "DELETE FROM events WHERE seq = 4");

    let verified = verify(dir.path());

    let problem = problem(&verified);
    is(problem, Wrong::Missing, About::Event, 4);
    assert_eq!(problem.link, Some(1));
    assert_eq!(verified.events.missing, 1);
}

#[test]
fn a_deleted_finding_is_missing_and_its_history_belongs_to_nothing() {
    let dir = filled();
    edit(dir.path(), "DELETE FROM findings WHERE id = 1");

    let verified = verify(dir.path());

    assert_eq!((verified.findings.missing, verified.findings.added), (1, 1));
}

#[test]
fn a_row_that_was_put_in_is_told_as_added() {
    let dir = filled();
    edit(
        dir.path(),
        "INSERT INTO events SELECT 50, randomblob(16), at, seen_at, session, thread, turn, kind,
             witnesses, source, position, content, tool_call, name, outcome, body, detail,
             conflicts_with, incomplete, told_in FROM events WHERE seq = 3",
    );

    let verified = verify(dir.path());

    is(problem(&verified), Wrong::Added, About::Event, 50);
    assert_eq!(verified.events.added, 1);
}

#[test]
fn two_rows_that_changed_places_are_both_told() {
    let dir = filled();
    edit(
        dir.path(),
        "UPDATE events SET seq = 99 WHERE seq = 1; UPDATE events SET seq = 1 WHERE seq = 4;
         UPDATE events SET seq = 4 WHERE seq = 99;",
    );

    let verified = verify(dir.path());

    assert_eq!((verified.events.altered, verified.problems_total), (2, 2));
}

#[test]
fn a_deleted_link_is_told_and_what_it_told_of_has_no_word_left() {
    let dir = filled();
    edit(dir.path(), "DELETE FROM links WHERE number = 1");

    let verified = verify(dir.path());

    is(&verified.problems[0], Wrong::Missing, About::Link, 1);
    assert!(verified.events.added >= 6, "{verified:?}");
    assert!(verified.problems.iter().any(|problem| problem.why.contains("links are missing")));
}

#[test]
fn every_edit_of_a_link_is_told() {
    for sql in [
        "at = at + 1",
        "reason = 2",
        "last_seq = last_seq + 1",
        "count = count + 1",
        "salt = randomblob(16)",
        "head = randomblob(32)",
        "head = 'none'",
        "entries = substr(entries, 1, length(entries) - 1)",
        "entries = CAST(x'ff' AS BLOB)",
        "number = 7",
        "number = -1",
    ] {
        let dir = filled();
        edit(dir.path(), &format!("UPDATE links SET {sql} WHERE number = 2"));

        let verified = verify(dir.path());

        assert!(
            verified.problems.iter().any(|problem| problem.about == About::Link),
            "{sql}: {verified:#?}"
        );
    }
}

#[test]
fn a_link_that_was_made_to_fit_its_rows_does_not_fit_the_next() {
    let dir = filled();
    let conn = rusqlite::Connection::open(dir.path().join("vigil.db")).unwrap();
    let sql = format!("{} WHERE number = 2", crate::chain::link::Link::COLUMNS);
    let mut link = conn.query_row(&sql, [], crate::chain::link::Link::read).unwrap();
    let before: [u8; 32] =
        conn.query_row("SELECT head FROM links WHERE number = 1", [], |row| row.get(0)).unwrap();
    link.at += 1;
    link.head = link.follows(&before).to_vec();
    conn.execute("DELETE FROM links WHERE number = 2", []).unwrap();
    link.insert(&conn).unwrap();
    drop(conn);

    is(problem(&verify(dir.path())), Wrong::Altered, About::Link, 3);
}

#[test]
fn what_never_changes_cannot_be_told_anew_by_a_link_that_fits() {
    let dir = filled();
    edit(dir.path(), "UPDATE events SET body = 'nothing' WHERE seq = 3");
    // What an attacker does who knows how links are made: the event is told once more.
    let conn = rusqlite::Connection::open(dir.path().join("vigil.db")).unwrap();
    crate::chain::forge(&conn, 2, 3).unwrap();

    let verified = verify(dir.path());

    assert!(
        verified
            .problems
            .iter()
            .any(|problem| (problem.about, problem.number) == (About::Event, 3)
                && problem.why.contains("commits anew")),
        "{verified:#?}"
    );
}

#[test]
fn a_last_link_that_cannot_be_read_keeps_nobody_from_recording() {
    let dir = filled();
    edit(dir.path(), "UPDATE links SET head = 'none', last_seq = 'x' WHERE number = 4");

    let (store, damage) = open(dir.path());
    store.writer().submit(batch(Witness::Transcript, vec![prompt(20, "new")]), Vec::new()).unwrap();
    store.close().unwrap();

    assert_eq!(damage, None);
    let verified = verify(dir.path());
    assert_eq!((verified.events.intact, verified.events.added), (9, 1), "{verified:#?}");
    is(&verified.problems[0], Wrong::Altered, About::Link, 4);
}

#[test]
fn a_thousand_problems_are_counted_and_a_hundred_told() {
    let dir = filled();
    edit(
        dir.path(),
        "WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
         INSERT INTO events (seq, id, at, seen_at, kind, witnesses, source, position, content)
         SELECT i, randomblob(16), 0, 0, 0, 1, 1, 0, 0 FROM n",
    );

    let verified = verify(dir.path());

    assert_eq!((verified.problems.len(), verified.problems_total), (PROBLEMS, 1000));
}

#[test]
fn a_flood_of_one_kind_hides_no_other() {
    let dir = filled();
    edit(
        dir.path(),
        "WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
         INSERT INTO names SELECT i, 'name ' || i FROM n;
         WITH RECURSIVE n (i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
         INSERT INTO links SELECT -i, 0, 0, 0, 0, x'', x'', x'' FROM n;
         DELETE FROM events WHERE seq = 3;
         UPDATE events SET outcome = 2 WHERE seq = 4;",
    );

    let verified = verify(dir.path());

    assert_eq!((verified.problems.len(), verified.problems_total), (PROBLEMS, 2002));
    for (what, number) in [(Wrong::Missing, 3), (Wrong::Altered, 4)] {
        assert!(
            verified.problems.iter().any(|problem| {
                (problem.what, problem.about, problem.number) == (what, About::Event, number)
            }),
            "{what}"
        );
    }
}
