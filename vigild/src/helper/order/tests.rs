use std::io;

use vigil_proto::rpc::{BoundedBytes, CA_DER_MAX, Fingerprint, Uid};

use super::{MOST, Order, Reply, receive, send};

fn sent(order: &Order) -> Vec<u8> {
    let mut bytes = Vec::new();
    send(&mut bytes, order).unwrap();
    bytes
}

#[test]
fn an_order_is_received_as_it_was_sent() {
    let largest = Order::CaInstall {
        uid: Uid::new(1000).unwrap(),
        der: BoundedBytes::new(vec![7; CA_DER_MAX]).unwrap(),
    };
    let bytes = [sent(&largest), sent(&Order::Abilities)].concat();
    let mut stream = bytes.as_slice();

    assert_eq!(receive(&mut stream).unwrap(), Some(largest));
    assert_eq!(receive(&mut stream).unwrap(), Some(Order::Abilities));
    assert_eq!(receive::<Order>(&mut stream).unwrap(), None);
}

#[test]
fn what_is_cut_off_is_no_order() {
    let whole = sent(&Order::CaRemove { fingerprint: Fingerprint([7; 32]) });

    for length in 1..whole.len() {
        let error = receive::<Order>(&whole[..length]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length}");
    }
}

#[test]
fn a_length_sets_no_memory_aside() {
    let length = u32::try_from(MOST + 1).unwrap().to_le_bytes();

    assert_eq!(receive::<Order>(&length[..]).unwrap_err().kind(), io::ErrorKind::InvalidData);
}

#[test]
fn there_is_one_spelling() {
    // `Done` is 1; a reader of numbers alone would take `81 00` for it as well.
    assert_eq!(receive(&[1, 0, 0, 0, 1][..]).unwrap(), Some(Reply::Done));
    assert!(receive::<Reply>(&[2, 0, 0, 0, 0x81, 0][..]).is_err());
    assert!(receive::<Reply>(&[2, 0, 0, 0, 1, 1][..]).is_err());
    assert!(receive::<Reply>(&[1, 0, 0, 0, 99][..]).is_err());
}
