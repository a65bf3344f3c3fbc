use super::{arch_of, text};

fn head(class: u8, machine: u16) -> Vec<u8> {
    let mut head = b"\x7fELF".to_vec();
    head.extend([class, 1, 1]);
    head.resize(18, 0);
    head.extend(machine.to_le_bytes());
    head
}

#[test]
fn a_program_says_what_machine_it_is_for() {
    assert_eq!(arch_of(&head(2, 0x3e)).unwrap().debian, "amd64");
    assert_eq!(arch_of(&head(2, 0xb7)).unwrap().gnu, "aarch64");
    // 32 bits, a machine that we do not know, a head that is cut, none.
    assert_eq!(arch_of(&head(1, 0x3e)), None);
    assert_eq!(arch_of(&head(2, 0xf3)), None);
    assert_eq!(arch_of(&head(2, 0x3e)[..19]), None);
    assert_eq!(arch_of(b"#!/bin/sh\n"), None);
}

#[test]
fn a_folder_that_flags_cannot_name_is_refused() {
    assert!(text("/a/b".as_ref()).is_ok());
    for bad in ["/a b", "/a=b"] {
        assert!(text(bad.as_ref()).is_err(), "{bad}");
    }
}
