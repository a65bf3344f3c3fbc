//! Which boot of the machine this is.

use std::io;

#[cfg_attr(target_os = "linux", path = "boot/linux.rs")]
#[cfg_attr(target_os = "macos", path = "boot/macos.rs")]
mod imp;

/// The boot's own number: another one after each start of the machine.
///
/// # Errors
/// The kernel does not say.
pub fn id() -> io::Result<[u8; 16]> {
    parse(&imp::text()?).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// 32 hexadecimal digits, with dashes anywhere.
fn parse(text: &str) -> Option<[u8; 16]> {
    let digits: Option<Vec<u8>> = text
        .trim_end_matches(['\n', '\0'])
        .chars()
        .filter(|c| *c != '-')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let (pairs, []) = digits.as_deref()?.as_chunks::<2>() else { return None };
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{id, parse};

    #[test]
    fn a_boot_has_one_number() {
        assert_eq!(id().unwrap(), id().unwrap());
    }

    #[test]
    fn only_sixteen_bytes_are_a_number() {
        let text = "00112233-4455-6677-8899-aabbccddeeff\n";

        assert_eq!(parse(text).unwrap().first_chunk(), Some(&[0x00, 0x11, 0x22, 0x33]));
        assert_eq!(parse("0011"), None);
        assert_eq!(parse("zz112233-4455-6677-8899-aabbccddeeff"), None);
    }
}
