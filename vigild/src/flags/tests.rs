use std::path::PathBuf;

use super::{Job, Proxied, Usage, parse};

fn words(line: &str) -> Result<Job, Usage> {
    parse(line.split_whitespace().map(Into::into))
}

#[test]
fn the_plain_mode_names_all_three_places() {
    let job = words("--socket /t/s --state /t/state --enrolled /t/enrolled").unwrap();

    assert!(matches!(job, Job::Start(_)), "{job:?}");
    assert!(matches!(words("--socket /t/s"), Err(Usage::Together)));
    assert!(matches!(words("--state /t/state --enrolled /t/e"), Err(Usage::Together)));
    assert!(matches!(words("--trust-root /t"), Err(Usage::Together)));
    assert!(matches!(words("--limits 1,1,1,1,1,1,1"), Err(Usage::Together)));
}

#[test]
fn a_part_is_started_as_it_was_set_up() {
    let job =
        "--socket /t/s --state /t/state --enrolled /t/e --trust-root /t --limits 1,2,3,4,5,6,7";
    let job = words(job).unwrap();
    let Job::Start(setup) = job else { panic!("{job:?}") };

    let part = parse(setup.arguments("mutator").into_iter()).unwrap();

    let Job::Mutate(part) = part else { panic!("{part:?}") };
    assert_eq!(part.state, setup.state);
    assert_eq!(part.enrolled, setup.enrolled);
    assert_eq!(part.limits, setup.limits);
    assert_eq!(part.trust, setup.trust);
}

#[test]
fn what_is_not_known_is_refused() {
    for line in ["help", "--socket", "--socket /s --state /s --enrolled /e --verbose 1"] {
        assert!(matches!(words(line), Err(Usage::Unknown)), "{line}");
    }
    assert!(matches!(words("--part nobody --state /s --enrolled /e"), Err(Usage::Unknown)));
}

#[test]
fn the_packet_filter_is_changed_in_the_plain_mode_only_where_that_is_said() {
    let plain = "--socket /t/s --state /t/state --enrolled /t/enrolled";
    for (line, redirect) in [(plain.to_owned(), false), (format!("{plain} --redirect on"), true)] {
        let Job::Start(setup) = words(&line).unwrap() else { panic!("{line}") };
        assert_eq!(setup.redirect, redirect);
        let part = parse(setup.arguments("helper").into_iter()).unwrap();
        assert!(matches!(part, Job::Help(part) if part.redirect == redirect), "{line}");
    }
    assert!(matches!(words("--redirect on"), Err(Usage::Together)));
    assert!(matches!(words(&format!("{plain} --redirect off")), Err(Usage::Unknown)));
}

#[test]
fn without_a_root_the_plain_mode_has_no_certificate_store() {
    let job = words("--socket /t/s --state /t/state --enrolled /t/enrolled").unwrap();
    let Job::Start(setup) = job else { panic!("{job:?}") };

    assert_eq!(setup.trust, None);
    let Job::Help(part) = parse(setup.arguments("helper").into_iter()).unwrap() else { panic!() };
    assert_eq!(part.trust, None);
}

#[test]
fn the_machines_proxy_setting_is_nobodys_in_the_plain_mode() {
    let plain = "--socket /t/s --state /t/state --enrolled /t/enrolled";
    let file = Proxied::File(PathBuf::from("/t/proxy"));
    for (line, proxy) in
        [(plain.to_owned(), Proxied::Nobodys), (format!("{plain} --proxy-file /t/proxy"), file)]
    {
        let Job::Start(setup) = words(&line).unwrap() else { panic!("{line}") };
        assert_eq!(setup.proxy, proxy);
        let part = parse(setup.arguments("helper").into_iter()).unwrap();
        assert!(matches!(part, Job::Help(part) if part.proxy == proxy), "{line}");
    }
    assert!(matches!(words("--proxy-file /t/proxy"), Err(Usage::Together)));
    assert!(matches!(words(&format!("{plain} --proxy machine")), Err(Usage::Unknown)));
}

#[test]
fn what_it_is_can_be_asked_of_anybody() {
    for line in ["--help", "-h"] {
        let Job::Say(said) = words(line).unwrap() else { panic!("{line}") };
        assert!(said.starts_with("usage: vigild"), "{said}");
    }
    for line in ["--version", "-V"] {
        let Job::Say(said) = words(line).unwrap() else { panic!("{line}") };
        assert_eq!(said, format!("vigild {}", env!("CARGO_PKG_VERSION")));
    }
    assert!(matches!(words("--help --socket"), Err(Usage::Unknown)));
    assert!(matches!(words("--socket --help"), Err(Usage::Together)));
}

#[test]
fn everything_is_put_back_without_a_socket() {
    let job = words("--undo all --state /t/state --enrolled /t/enrolled --trust-root /t").unwrap();
    let Job::Undo(setup) = job else { panic!("{job:?}") };

    let part = parse(setup.arguments("mutator").into_iter()).unwrap();

    assert!(matches!(part, Job::Mutate(part) if part.undo && part.trust == setup.trust));
    let with_socket = "--undo all --socket /t/s --state /t/state --enrolled /t/enrolled";
    assert!(matches!(words(with_socket), Err(Usage::Together)));
    assert!(matches!(words("--undo some"), Err(Usage::Unknown)));
    assert!(matches!(words("--undo all --trust-root /t"), Err(Usage::Together)));
}
