//! Certificates as text.

use super::pem::{read, write};

#[test]
fn bytes_become_text_as_others_write_it() {
    assert_eq!(
        write(b"Man, Ma, M"),
        "-----BEGIN CERTIFICATE-----\nTWFuLCBNYSwgTQ==\n-----END CERTIFICATE-----\n"
    );
    assert!(write(b"Ma").contains("\nTWE=\n"));
    assert!(write(&[0xfb, 0xff, 0xfe]).contains("\n+//+\n"));
    assert!(write(&[7; 100]).lines().all(|line| line.len() <= 64));
}

#[test]
fn what_is_written_is_read() {
    for length in 1..200 {
        let der: Vec<u8> = (0..length).collect();
        assert_eq!(read(write(&der).as_bytes()).collect::<Vec<_>>(), [der]);
    }
}

#[test]
fn a_list_is_read_with_its_notes_and_line_ends() {
    let list =
        format!("# One\r\n{}\n\n# Two\n{}", write(b"one").replace('\n', "\r\n"), write(b"two"));

    assert_eq!(read(list.as_bytes()).collect::<Vec<_>>(), [b"one", b"two"]);
}

#[test]
fn what_cannot_be_read_is_passed_by() {
    let bad = "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n";
    let empty = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    let key = write(b"key").replace("CERTIFICATE", "PRIVATE KEY");
    let after = "-----BEGIN CERTIFICATE-----\nTQ==TQ==\n-----END CERTIFICATE-----\n";
    let list = format!("{bad}{empty}{key}{after}{}", write(b"good"));

    assert_eq!(read(list.as_bytes()).collect::<Vec<_>>(), [b"good"]);
    assert_eq!(read(b"").count(), 0);
}
