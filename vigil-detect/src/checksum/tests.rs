use super::*;

#[test]
fn the_crc_is_the_one_of_the_standards_check_value() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
}

#[test]
fn a_body_with_its_own_checksum_holds_and_a_changed_one_does_not() {
    let body = "0123456789abcdefghijABCDEFGHIJ";
    let mut sum = crc32(body.as_bytes());
    let mut digits = Vec::new();
    for _ in 0..6 {
        digits.push(
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(sum % 62) as usize],
        );
        sum /= 62;
    }
    digits.reverse();
    let token = [body.as_bytes(), &digits].concat();
    let mut changed = token.clone();
    changed[3] = b'x';

    assert!(crc32_base62(&token));
    assert!(!crc32_base62(&changed));
    assert!(!crc32_base62(b"short"));
}
