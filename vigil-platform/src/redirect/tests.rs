use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use super::*;

fn hold(probed: Families, armed: Families) -> Hold {
    Hold {
        uid: Uid::new(1000).unwrap(),
        port: Port::new(9443).unwrap(),
        seconds: LeaseSeconds::new(15).unwrap(),
        probed,
        armed,
    }
}

const V4: Families = Families { v4: true, v6: false };
const BOTH: Families = Families { v4: true, v6: true };

#[test]
fn what_is_held_has_an_end() {
    let text = text::change(&Change::Renew(hold(BOTH, V4)));

    assert!(text.contains("add element inet vigil capture { ipv4 . 1000 timeout 15s : 9443 }\n"));
    assert!(text.contains("add element inet vigil probe { ipv6 . 1000 timeout 15s : 9443 }\n"));
    for set in ["held", "armed", "probe", "capture"] {
        let last = text.lines().rfind(|line| line.contains(&format!("vigil {set} {{"))).unwrap();
        assert!(last.starts_with("add ") && last.contains(" timeout 15s"), "{last}");
    }
}

#[test]
fn what_is_not_proven_is_not_armed() {
    let text = text::change(&Change::Begin(hold(BOTH, Families::default())));

    // Nor is what an earlier lease had armed and could not end.
    for set in ["armed", "capture"] {
        let last = text.lines().rfind(|line| line.contains(&format!("vigil {set} {{"))).unwrap();
        assert!(last.starts_with("delete "), "{last}");
    }
    assert!(text.contains("delete element inet vigil proxied { ipv4 . 1000 }\n"), "{text}");
    assert!(!text::change(&Change::Renew(hold(BOTH, V4))).contains("capture { ipv6"));
}

#[test]
fn both_notes_are_asked_for() {
    let text = text::is_proven(1000, Family::V6);

    assert_eq!(
        text,
        "get element inet vigil proxied { ipv6 . 1000 }\n\
         get element inet vigil excluded { ipv6 . 1000 }\n"
    );
}

#[test]
fn an_end_leaves_nothing_and_does_not_fail_where_there_is_nothing() {
    let text = text::change(&Change::End(hold(V4, V4)));
    let lines: Vec<_> = text.lines().collect();

    for set in ["held", "armed", "probe", "capture", "proxied", "excluded"] {
        for family in ["ipv4", "ipv6"] {
            let delete = format!("delete element inet vigil {set} {{ {family} . 1000 }}");
            let at = lines.iter().position(|line| *line == delete).expect(&delete);
            let added = lines[at - 1].starts_with(&format!("add element inet vigil {set} {{"));
            assert!(added && !lines[at - 1].contains("timeout"), "{}", lines[at - 1]);
            assert!(
                !lines[at + 1..].iter().any(|line| line.contains(&format!("{set} {{ {family}")))
            );
        }
    }
}

#[test]
fn rules_are_replaced_and_never_only_taken_away() {
    let text = text::change(&Change::Load);

    assert!(text.starts_with("table inet vigil\ndelete table inet vigil\ntable inet vigil {\n"));
    // Whatever leaves the machine is left alone unless its user is held, and says so first.
    let first = text.lines().skip_while(|line| !line.contains("hook output priority -100")).nth(1);
    assert_eq!(first.unwrap().trim(), "meta nfproto . meta skuid != @held return");
}

#[test]
fn only_what_came_from_elsewhere_to_loopback_is_redirected() {
    let row = |local: &str, remote: &str, state| Row {
        protocol: Protocol::Tcp,
        local: local.parse().unwrap(),
        remote: remote.parse().ok(),
        state,
        uid: 1000,
        inode: 7,
    };
    let is = |local, remote, state| is_redirected(&row(local, remote, state));

    assert!(is("127.0.0.1:9443", "198.51.100.2:40000", State::Established));
    assert!(is("[::1]:9443", "[2001:db8::2]:40000", State::CloseWait));
    assert!(!is("127.0.0.1:9443", "198.51.100.2:40000", State::TimeWait));
    assert!(!is("127.0.0.1:9443", "127.0.0.1:40000", State::Established));
    assert!(!is("198.51.100.2:40000", "203.0.113.1:443", State::Established));
    assert!(!is("127.0.0.1:9443", "", State::Listen));
}

#[cfg(feature = "user")]
#[test]
fn a_connection_that_was_not_redirected_has_no_other_destination() {
    for ip in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED)] {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).unwrap();
        let (server, _) = listener.accept().unwrap();

        assert_eq!(original_destination(&server).unwrap(), None);
        drop(client);
    }
}

#[cfg(all(feature = "user", target_os = "linux"))]
#[test]
fn anybody_may_exclude_a_socket() {
    let socket = rustix::net::socket(
        rustix::net::AddressFamily::INET6,
        rustix::net::SocketType::STREAM,
        None,
    )
    .unwrap();

    exclude(&socket).unwrap();

    let priority = crate::socket::option::words(&socket, libc::SOL_SOCKET, libc::SO_PRIORITY);
    assert_eq!(priority.unwrap(), [text::PRIORITY.cast_unsigned()]);
}

#[cfg(all(feature = "user", target_os = "linux"))]
#[test]
fn a_connection_past_the_rules_waits_for_nobody() {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};

    // With one that waits to be accepted it is full: the kernel answers no other.
    let listener = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    listen(&listener, 0).unwrap();
    let to = SocketAddr::try_from(getsockname(&listener).unwrap()).unwrap();
    let _waiting = TcpStream::connect(to).unwrap();

    let error = connect_excluded(to).unwrap_err();

    // The kernel's own patience would end with another one.
    assert_eq!(error.raw_os_error(), Some(libc::EINPROGRESS), "{error}");
}
