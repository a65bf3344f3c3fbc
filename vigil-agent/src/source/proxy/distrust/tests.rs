use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::AlertDescription as Alert;
use vigil_proto::{Timestamp, event::ProcessRef};

use super::{Distrust, MEMORY, Met, REMEMBERED, program_of, words};
use crate::source::proxy::intercept::Ended;

const MOMENT: Duration = Duration::from_millis(1);

fn process(pid: u32) -> ProcessRef {
    ProcessRef { pid, started: Timestamp::from_micros(1) }
}

fn host(name: &str) -> Arc<str> {
    Arc::from(name)
}

fn alert(alert: Alert) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, rustls::Error::AlertReceived(alert))
}

#[test]
fn who_rejects_twice_is_led_blind_to_that_host_alone_and_for_a_while() {
    let (distrust, now) = (Distrust::default(), Instant::now());
    let (a, b) = (host("a.example"), host("b.example"));

    assert!(!distrust.note(Some(process(1)), &a, Met::Rejected, now));
    assert!(!distrust.leads_blind(Some(process(1)), &a, now));
    assert!(distrust.is_suspect(&a, now));
    assert!(!distrust.is_suspect(&b, now));
    assert!(distrust.note(Some(process(1)), &a, Met::Rejected, now));

    assert!(distrust.leads_blind(Some(process(1)), &a, now));
    assert!(!distrust.leads_blind(Some(process(1)), &b, now));
    assert!(!distrust.leads_blind(Some(process(2)), &a, now));
    assert!(!distrust.leads_blind(None, &a, now));
    // It is told once.
    assert!(!distrust.note(Some(process(1)), &a, Met::Rejected, now));
    assert!(distrust.leads_blind(Some(process(1)), &a, now + MEMORY / 2));
    assert!(!distrust.leads_blind(Some(process(1)), &a, now + MEMORY));
    assert!(!distrust.is_suspect(&a, now + MEMORY));
    // And begins anew.
    assert!(!distrust.note(Some(process(1)), &a, Met::Rejected, now + MEMORY));
    assert!(!distrust.leads_blind(Some(process(1)), &a, now + MEMORY));
}

#[test]
fn leaving_without_a_word_is_a_rejection_only_of_who_never_said_anything() {
    let (distrust, now, a) = (Distrust::default(), Instant::now(), host("a.example"));
    distrust.note(Some(process(1)), &a, Met::Taken, now);
    for _ in 0..5 {
        distrust.note(Some(process(1)), &a, Met::Left, now);
        distrust.note(Some(process(2)), &a, Met::Left, now);
        distrust.note(Some(process(3)), &a, Met::Unknown, now);
    }
    assert!(!distrust.leads_blind(Some(process(1)), &a, now));
    assert!(distrust.leads_blind(Some(process(2)), &a, now));
    assert!(!distrust.leads_blind(Some(process(3)), &a, now));
    // One that says something after all is no longer suspected.
    distrust.note(Some(process(2)), &a, Met::Taken, now);
    assert!(!distrust.leads_blind(Some(process(2)), &a, now));
    // A process may have one part that takes the certificate and one that does not.
    distrust.note(Some(process(1)), &a, Met::Rejected, now);
    distrust.note(Some(process(1)), &a, Met::Taken, now);
    assert!(distrust.note(Some(process(1)), &a, Met::Rejected, now));
    // Those that nobody knows are not suspected, whoever of them left.
    distrust.note(None, &a, Met::Left, now);
    distrust.note(None, &a, Met::Left, now);
    assert!(!distrust.leads_blind(None, &a, now));
    assert!(!distrust.note(None, &a, Met::Rejected, now));
    assert!(distrust.note(None, &a, Met::Rejected, now));
}

#[test]
fn a_rejection_of_one_that_had_gone_counts_for_the_next_that_is_found() {
    let (distrust, now, a) = (Distrust::default(), Instant::now(), host("a.example"));
    assert!(!distrust.note(None, &a, Met::Rejected, now));
    assert!(!distrust.leads_blind(Some(process(1)), &a, now));
    assert!(distrust.note(Some(process(1)), &a, Met::Rejected, now));
    assert!(distrust.leads_blind(Some(process(1)), &a, now));
    // Who rejects nothing does not suffer from it.
    assert!(!distrust.leads_blind(Some(process(2)), &a, now));
    assert!(!distrust.leads_blind(None, &a, now));
}

#[test]
fn who_takes_it_elsewhere_is_led_blind_once_for_each_rejection() {
    let (distrust, now, a) = (Distrust::default(), Instant::now(), host("a.example"));
    let agent = Some(process(1));
    distrust.note(agent, &a, Met::Taken, now);
    distrust.note(agent, &a, Met::Rejected, now);
    assert!(!distrust.leads_blind(agent, &a, now));
    for _ in 0..3 {
        assert!(distrust.note(agent, &a, Met::Rejected, now));
        assert!(distrust.leads_blind(agent, &a, now));
        assert!(!distrust.leads_blind(agent, &a, now));
    }
    // Those of somebody that had gone change nothing in that.
    distrust.note(None, &a, Met::Rejected, now);
    distrust.leads_blind(agent, &a, now);
    assert!(!distrust.leads_blind(agent, &a, now));
    distrust.note(agent, &a, Met::Rejected, now);
    assert!(distrust.leads_blind(agent, &a, now));
    assert!(!distrust.leads_blind(agent, &a, now));
}

#[test]
fn who_left_unfound_is_not_waited_for_once_others_are_seen_to_take_it() {
    let (distrust, now, a) = (Distrust::default(), Instant::now(), host("a.example"));
    distrust.note(None, &a, Met::Left, now);
    assert!(distrust.is_suspect(&a, now));
    distrust.note(Some(process(1)), &a, Met::Taken, now);
    assert!(!distrust.is_suspect(&a, now));
    distrust.note(None, &a, Met::Left, now);
    distrust.note(Some(process(1)), &a, Met::Left, now);
    assert!(!distrust.is_suspect(&a, now));
    // A word of rejection is another thing.
    distrust.note(None, &a, Met::Rejected, now);
    assert!(distrust.is_suspect(&a, now));
}

#[test]
fn it_is_known_that_a_rejection_is_being_judged() {
    let distrust = Distrust::default();
    let judging = distrust.judge();
    assert!(distrust.is_judging());
    drop(judging);
    assert!(!distrust.is_judging());
}

#[test]
fn the_oldest_is_forgotten_when_there_are_too_many() {
    let (distrust, now, a) = (Distrust::default(), Instant::now(), host("a.example"));
    for n in 0..2 * u32::try_from(REMEMBERED).unwrap() {
        for _ in 0..2 {
            distrust.note(Some(process(n)), &a, Met::Rejected, now + MOMENT * n);
        }
    }
    let last = 2 * u32::try_from(REMEMBERED).unwrap() - 1;
    assert!(distrust.leads_blind(Some(process(last)), &a, now + MOMENT * last));
    assert!(!distrust.leads_blind(Some(process(0)), &a, now + MOMENT * last));
    assert_eq!(distrust.lock().len(), REMEMBERED);
}

#[test]
fn what_tells_a_rejection() {
    for certificate in [Alert::UnknownCA, Alert::BadCertificate, Alert::CertificateUnknown] {
        let during = Err(Ended::ClientTls(alert(certificate)));
        assert_eq!(Met::of(&during, 0, MOMENT), Met::Rejected);
        // A client of TLS 1.3 may say it only after the handshake.
        let after = Err(Ended::Broken(alert(certificate)));
        assert_eq!(Met::of(&after, 0, MOMENT), Met::Rejected);
        assert_eq!(Met::of(&after, 1, MOMENT), Met::Taken);
    }
    let other = Err(Ended::ClientTls(alert(Alert::ProtocolVersion)));
    assert_eq!(Met::of(&other, 0, MOMENT), Met::Unknown);
    let away = Err(Ended::ClientTls(io::ErrorKind::UnexpectedEof.into()));
    assert_eq!(Met::of(&away, 0, MOMENT), Met::Left);
    assert_eq!(Met::of(&away, 0, Duration::from_mins(1)), Met::Unknown);
    let upstream = Err(Ended::UpstreamTls(alert(Alert::UnknownCA)));
    assert_eq!(Met::of(&upstream, 0, MOMENT), Met::Unknown);
    assert_eq!(Met::of(&Ok(()), 0, MOMENT), Met::Left);
    assert_eq!(Met::of(&Ok(()), 0, Duration::from_mins(1)), Met::Unknown);
    assert_eq!(Met::of(&Ok(()), 9, MOMENT), Met::Taken);
}

#[test]
fn a_program_that_was_found_once_has_its_name_afterwards() {
    let (distrust, now, a) = (Distrust::default(), Instant::now(), host("a.example"));
    assert_eq!(distrust.program(Some(process(1)), &a, Some("curl".into())), None, "it did nothing");
    distrust.note(Some(process(1)), &a, Met::Rejected, now);

    assert_eq!(
        distrust.program(Some(process(1)), &a, Some("curl".into())).as_deref(),
        Some("curl")
    );
    assert_eq!(distrust.program(Some(process(1)), &a, None).as_deref(), Some("curl"));
    assert_eq!(distrust.program(Some(process(2)), &a, None), None);
}

#[test]
fn the_name_is_that_of_the_file_that_runs() {
    let own = std::process::id();
    let started = vigil_platform::process::row(own).unwrap().started;
    let which = |pid, started| ProcessRef { pid, started: Timestamp::from_micros(started) };
    let file = std::env::current_exe().unwrap();
    let name: String = file.file_name().unwrap().to_str().unwrap().chars().take(64).collect();

    assert_eq!(program_of(which(own, started)).as_deref(), Some(name.as_str()));
    assert_eq!(program_of(which(own, started - 5_000_000)), None, "an earlier one");
}

#[test]
fn each_is_told_what_helps() {
    let agent = words(Some("node"), Some("claude-code"), "a.example");
    assert!(agent.starts_with("claude-code ") && agent.contains("`vigil route on claude-code`"));
    let curl = words(Some("curl"), None, "a.example");
    assert!(curl.starts_with("curl ") && curl.contains("a.example"));
    assert!(curl.contains("`vigil route exec -- curl`"));
    assert!(words(Some("python3.12"), None, "a.example").contains("REQUESTS_CA_BUNDLE"));
    assert!(words(Some("git-remote-http"), None, "a.example").contains("GIT_SSL_CAINFO"));
    assert!(words(Some("other"), None, "a.example").contains("a list of its own"));
    assert!(words(None, None, "a.example").contains("PROGRAM"));
    let odd = words(Some("x; touch `y`"), None, "a.example");
    assert!(odd.starts_with("x; touch") && odd.contains("`vigil route exec -- PROGRAM`"), "{odd}");
}
