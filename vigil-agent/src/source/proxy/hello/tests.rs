use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, crypto::ring};

use super::*;

fn hello_bytes(name: &'static str, alpn: &[&[u8]]) -> Vec<u8> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let mut client = ClientConnection::new(Arc::new(config), name.try_into().unwrap()).unwrap();
    let mut bytes = Vec::new();
    client.write_tls(&mut bytes).unwrap();
    bytes
}

#[test]
fn reads_the_name_when_bytes_come_one_by_one() {
    let bytes = hello_bytes("api.anthropic.com", &[b"h2", b"http/1.1"]);
    let mut reader = HelloReader::new();

    let (last, before) = bytes.split_last().unwrap();
    for byte in before {
        assert_eq!(reader.push(&[*byte]), Hello::Incomplete);
    }

    let offers = Offers { http1: true, http2: true };
    let expected = Hello::Tls { name: Some("api.anthropic.com".to_owned()), offers };
    assert_eq!(reader.push(&[*last]), expected);
}

#[test]
fn tells_a_client_that_speaks_only_http2() {
    let bytes = hello_bytes("api.anthropic.com", &[b"h2"]);

    let offers = Offers { http1: false, http2: true };
    assert!(
        matches!(HelloReader::new().push(&bytes), Hello::Tls { offers: it, .. } if it == offers)
    );
}

#[test]
fn a_client_without_a_name_is_still_a_client() {
    let bytes = hello_bytes("127.0.0.1", &[]);

    let offers = Offers { http1: true, http2: false };
    assert_eq!(HelloReader::new().push(&bytes), Hello::Tls { name: None, offers });
}

#[test]
fn garbage_is_not_tls() {
    assert_eq!(HelloReader::new().push(b"SSH-2.0-x\r\n"), Hello::NotTls);
    assert_eq!(HelloReader::new().push(&[0x16, 3, 1, 0, 4, 0xff, 0, 0, 0]), Hello::NotTls);
}

#[test]
fn an_endless_hello_is_given_up() {
    let mut reader = HelloReader::new();
    // Records that each hold a piece of a handshake message said to be 64 KiB long.
    let mut piece = vec![0x16, 3, 1, 0x10, 0x00, 1, 0, 0xff, 0xff];
    piece.resize(5 + 0x1000, 0);
    let mut verdict = reader.push(&piece);
    for _ in 0..8 {
        if verdict != Hello::Incomplete {
            break;
        }
        piece.splice(5..9, [0; 4]);
        verdict = reader.push(&piece);
    }

    assert_eq!(verdict, Hello::NotTls);
}
