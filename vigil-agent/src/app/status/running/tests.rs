use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use vigil_platform::routes::Led;
use vigil_proto::{Timestamp, event::ProcessRef};

use super::{agents, before_route};
use crate::source::family::{Began, Families};

const HERE: &str = "http://127.0.0.1:9080";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn process(pid: u32, seconds: u64) -> ProcessRef {
    ProcessRef { pid, started: Timestamp::from(at(seconds)) }
}

fn led(proxy: &str, since: Option<u64>) -> BTreeMap<String, Led> {
    let led = Led { proxy: proxy.to_owned(), since: since.map(at) };
    BTreeMap::from([("codex".to_owned(), led)])
}

fn running(some: &[ProcessRef]) -> BTreeMap<&'static str, Vec<ProcessRef>> {
    BTreeMap::from([("codex", some.to_vec())])
}

#[test]
fn what_runs_since_before_its_settings_led_here_needs_a_new_start() {
    let agents = running(&[process(10, 100), process(11, 300)]);

    let before = before_route(&agents, &led(HERE, Some(200)), HERE, &[]);

    assert_eq!(before, BTreeMap::from([("codex".to_owned(), vec![process(10, 100)])]));
}

#[test]
fn what_the_proxy_read_a_call_of_does_not() {
    let agents = running(&[process(10, 100)]);
    let led = led(HERE, Some(200));

    let seen = before_route(&agents, &led, HERE, &[process(10, 101)]);
    let another = before_route(&agents, &led, HERE, &[process(10, 50)]);

    assert!(seen.is_empty(), "{seen:?}");
    assert_eq!(another.len(), 1, "another process that had its number");
}

#[test]
fn nothing_is_said_of_what_is_led_elsewhere_or_of_which_the_time_is_not_known() {
    let agents = running(&[process(10, 100)]);

    let elsewhere = before_route(&agents, &led("http://127.0.0.1:9", Some(200)), HERE, &[]);
    let unknown = before_route(&agents, &led(HERE, None), HERE, &[]);
    let at_once = before_route(&agents, &led(HERE, Some(101)), HERE, &[]);

    assert!(elsewhere.is_empty() && unknown.is_empty() && at_once.is_empty());
}

#[test]
fn agents_are_the_first_of_their_families() {
    let families = Families::default();
    let began = |pid, parent, program| Began {
        process: process(pid, 100),
        parent,
        at: Timestamp::from(at(100)),
        program,
    };
    let codex: (&[u8], &[u8]) = (b"/usr/bin/codex", b"codex\0");
    let shell: (&[u8], &[u8]) = (b"/bin/sh", b"sh\0");
    families.change(|tree| {
        tree.began(began(10, None, Some(codex))).unwrap();
        tree.began(began(11, Some((10, None)), Some(shell))).unwrap();
    });

    assert_eq!(agents(&families), running(&[process(10, 100)]));
}
