use std::net::Ipv4Addr;

use super::*;

/// A socket's message: 127.0.0.1:50000 to 192.0.2.1:443, cookie 7, and these attributes.
fn body(attributes: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut body = vec![0; BODY];
    body[0] = 2;
    body[1] = 1;
    body[4..6].copy_from_slice(&50_000_u16.to_be_bytes());
    body[6..8].copy_from_slice(&443_u16.to_be_bytes());
    body[8..12].copy_from_slice(&[127, 0, 0, 1]);
    body[24..28].copy_from_slice(&Ipv4Addr::new(192, 0, 2, 1).octets());
    body[44..52].copy_from_slice(&7_u64.to_ne_bytes());
    for (kind, value) in attributes {
        body.extend(u16::try_from(4 + value.len()).unwrap().to_ne_bytes());
        body.extend(kind.to_ne_bytes());
        body.extend(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    body
}

fn info(length: usize) -> Vec<u8> {
    let mut info = vec![0; 256];
    info[BYTES_ACKED..BYTES_ACKED + 8].copy_from_slice(&1001_u64.to_ne_bytes());
    info[BYTES_RECEIVED..BYTES_RECEIVED + 8].copy_from_slice(&77_u64.to_ne_bytes());
    info.truncate(length);
    info
}

#[test]
fn what_was_carried_is_found_behind_other_attributes() {
    let body = body(&[(10, vec![6]), (INET_DIAG_INFO, info(256)), (21, vec![0; 8])]);

    let flow = flow_in(&body, Protocol::Tcp).unwrap();

    assert_eq!(flow.carried, Some(Carried { sent: 1000, received: 77 }));
    assert_eq!((flow.cookie, flow.row.remote.unwrap().port()), (7, 443));
}

#[test]
fn an_older_kernel_or_another_protocol_says_nothing_of_it() {
    let old = body(&[(INET_DIAG_INFO, info(BYTES_RECEIVED))]);
    assert_eq!(flow_in(&old, Protocol::Tcp).unwrap().carried, None);
    let datagrams = body(&[(INET_DIAG_INFO, info(256))]);
    assert_eq!(flow_in(&datagrams, Protocol::Udp).unwrap().carried, None);
}

#[test]
fn an_attribute_cut_short_is_an_error_and_never_goes_on_for_ever() {
    let whole = body(&[(10, vec![6; 4]), (INET_DIAG_INFO, info(256))]);
    for length in BODY + 1..whole.len() {
        let read = flow_in(&whole[..length], Protocol::Tcp);
        let is_between = length == BODY + 8;
        assert_eq!(read.is_ok(), is_between, "{length} bytes");
    }
    for length in 0..4_u16 {
        let mut nothing = body(&[(10, Vec::new())]);
        nothing[BODY..BODY + 2].copy_from_slice(&length.to_ne_bytes());
        assert!(flow_in(&nothing, Protocol::Tcp).is_err(), "an attribute of {length} bytes");
    }
}
