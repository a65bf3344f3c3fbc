//! What becomes of the clients' files stands with the sessions that they told of.

use std::ops::ControlFlow;

use vigil_proto::{
    Batch, Checkpoint, KindName, Masked, Timestamp, Witness,
    batch::{Fate, FileFate},
    report::EventFilter,
    view::SessionQuery,
};

use super::parts::{Bench, batch, in_session, model_call, prompt, response, second, session};
use crate::Error;
use vigil_proto::event::CallRank;

/// The same batch as it was read from the file `place`.
fn read_from(place: &str, mut batch: Batch<Masked>) -> Batch<Masked> {
    let source = vigil_proto::SourceId::of(place.as_bytes());
    batch.source.id = source;
    batch.source.place = super::parts::masked(place);
    batch.checkpoint = Some(Checkpoint {
        source,
        device: 1,
        inode: 2,
        head: 3,
        head_len: 4,
        offset: 5,
        state: Vec::new(),
        at: second(0),
    });
    batch
}

fn said(text: &str) -> Batch<Masked> {
    batch(Witness::Transcript, vec![prompt(1, text)])
}

fn fate(place: &str, what: Fate, at: Timestamp) -> Batch<Masked> {
    let mut batch = read_from(place, said(""));
    (batch.events, batch.sessions, batch.checkpoint) = (Vec::new(), Vec::new(), None);
    batch.fate = Some(FileFate { what, at });
    batch
}

/// What stands in the sessions' events about their files.
fn told(bench: &Bench) -> Vec<String> {
    let events = bench.events().into_iter();
    let of_files = events.filter(|event| event.kind == KindName::System);
    of_files.map(|event| event.name.unwrap().as_str().to_owned()).collect()
}

#[test]
fn a_session_is_deleted_once_all_its_files_are_gone() {
    let bench = Bench::new();
    bench.put(read_from("/a", said("one")));
    bench.put(read_from("/b", said("two")));
    let last = bench.reader().sessions().unwrap().sessions[0].last;

    bench.put(fate("/a", Fate::Vanished, second(10)));
    assert_eq!(bench.reader().sessions().unwrap().sessions[0].deleted, None);
    bench.put(fate("/b", Fate::Vanished, second(20)));
    // Told again it is no news.
    bench.put(fate("/b", Fate::Vanished, second(30)));

    let row = bench.reader().sessions().unwrap().sessions.remove(0);
    assert_eq!((row.deleted, row.last), (Some(second(20)), last));
    assert_eq!(told(&bench), ["transcript-vanished", "transcript-vanished"]);
    let gone: Vec<_> = bench.reader().known_files().unwrap();
    assert!(gone.len() == 2 && gone.iter().all(|file| file.gone), "{gone:?}");
    let query = SessionQuery { deleted: Some(true), ..SessionQuery::default() };
    assert_eq!(bench.reader().session_page(&query).unwrap().total, 1);

    bench.put(fate("/a", Fate::Back, second(40)));
    assert_eq!(bench.reader().sessions().unwrap().sessions[0].deleted, None);
    assert_eq!(bench.reader().session_page(&query).unwrap().total, 0);
    assert_eq!(told(&bench).last().unwrap(), "transcript-back");
}

#[test]
fn a_file_that_is_read_again_is_back_and_one_that_moved_never_went() {
    let bench = Bench::new();
    bench.put(read_from("/a", said("one")));
    bench.put(fate("/a", Fate::Vanished, second(10)));

    bench.put(read_from("/a", said("one")));
    assert_eq!(bench.reader().sessions().unwrap().sessions[0].deleted, None);
    assert_eq!(told(&bench), ["transcript-vanished", "transcript-back"]);

    bench.put(fate("/a", Fate::Moved, second(20)));
    bench.put(read_from("/elsewhere", said("one")));
    assert_eq!(told(&bench).len(), 2);
    let known = bench.reader().known_files().unwrap();
    assert_eq!(known.iter().map(|file| file.place.as_str()).collect::<Vec<_>>(), ["/elsewhere"]);
}

#[test]
fn a_file_that_is_written_anew_over_and_over_is_told_of_once_a_day() {
    let bench = Bench::new();
    bench.put(read_from("/a", said("one")));

    for n in 0..5 {
        bench.put(fate("/a", Fate::Rewritten, second(n)));
    }
    bench.put(fate("/a", Fate::Rewritten, second(2 * 24 * 3600)));

    let row = bench.reader().sessions().unwrap().sessions.remove(0);
    assert_eq!((row.rewritten, row.deleted), (Some(second(2 * 24 * 3600)), None));
    assert_eq!(told(&bench), ["transcript-rewritten"; 2]);
}

#[test]
fn the_proxys_word_is_no_file() {
    let bench = Bench::new();
    bench.put(batch(Witness::Proxy, vec![response(1, "m1", "hello")]));

    assert_eq!(bench.reader().known_files().unwrap(), []);
}

#[test]
fn a_session_can_be_had_as_it_stood_in_its_file() {
    let bench = Bench::new();
    let long = "a long answer ".repeat(50);
    bench.put(batch(Witness::Proxy, vec![response(2, "m1", &long)]));
    let calls = vec![
        prompt(1, "hello"),
        model_call(2, "m1", 7, CallRank::Stopped),
        response(2, "m1", &long),
    ];
    bench.put(read_from("/a", batch(Witness::Transcript, calls)));
    bench.put(batch(Witness::Proxy, vec![response(3, "m2", "seen by the proxy alone")]));
    bench.put(in_session("other", said("another")));

    let archived = bench.reader().archived(session()).unwrap().unwrap();

    let texts: Vec<_> = archived
        .said
        .iter()
        .map(|said| (said.kind, said.text.as_ref().map(Masked::as_str)))
        .collect();
    let call = archived.said.iter().find_map(|said| said.call.as_ref()).unwrap();
    assert_eq!(texts.len(), 3);
    assert!(texts.contains(&(KindName::Prompt, Some("hello"))));
    assert!(texts.contains(&(KindName::Response, Some(&long))));
    assert_eq!((call.message.as_str(), call.usage.output), ("m1", 7));
    assert_eq!(archived.places[0].as_str(), "/a");
    let reader = bench.reader();
    assert_eq!(reader.session_named("s1").unwrap(), Some(session()));
    assert_eq!(reader.session_named("oth").unwrap(), reader.session_named("other").unwrap());
    assert_eq!(reader.session_named("nobody").unwrap(), None);
}

#[test]
fn the_events_of_one_session_are_not_those_of_one_whose_id_goes_on() {
    let bench = Bench::new();
    bench.put(in_session("other", said("one")));
    bench.put(in_session("other2", said("two")));
    let reader = bench.reader();

    assert!(matches!(reader.session_named("oth"), Err(Error::Ambiguous { .. })));
    let key = reader.session_named("other").unwrap();
    let mut sessions = Vec::new();
    reader
        .events(&EventFilter { key, ..EventFilter::default() }, |row| {
            sessions.push(row.session.unwrap().as_str().to_owned());
            ControlFlow::Continue(())
        })
        .unwrap();

    assert_eq!(sessions, ["other"]);
}
