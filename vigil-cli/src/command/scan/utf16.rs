//! Text of 16 bits a unit, as some editors and shells of other systems write it.

/// How the two bytes of a unit are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// The order that a file says by its first two bytes; none of other files.
pub(super) fn order_of(bytes: &[u8]) -> Option<Order> {
    match bytes {
        // The same two bytes with two zeros behind them would be UTF-32.
        [0xff, 0xfe, 0, 0, ..] => None,
        [0xff, 0xfe, ..] => Some(Order::Little),
        [0xfe, 0xff, ..] => Some(Order::Big),
        _ => None,
    }
}

/// The text after the mark. What is no character is a `?`.
pub(super) fn text(bytes: &[u8]) -> String {
    let Some(order) = order_of(bytes) else { return String::new() };
    let (units, _) = bytes.get(2..).unwrap_or_default().as_chunks::<2>();
    let units = units.iter().map(|unit| match order {
        Order::Little => u16::from_le_bytes(*unit),
        Order::Big => u16::from_be_bytes(*unit),
    });
    char::decode_utf16(units).map(|unit| unit.unwrap_or('?')).collect()
}

#[cfg(test)]
mod tests {
    use super::{Order, order_of, text};

    #[test]
    fn both_orders_say_the_same() {
        let units: Vec<u16> = "key = 1\n\u{1f511}".encode_utf16().collect();
        let little: Vec<u8> =
            [0xfeff].iter().chain(&units).flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> =
            [0xfeff].iter().chain(&units).flat_map(|unit| unit.to_be_bytes()).collect();

        assert_eq!((order_of(&little), order_of(&big)), (Some(Order::Little), Some(Order::Big)));
        assert_eq!(text(&little), "key = 1\n\u{1f511}");
        assert_eq!(text(&big), text(&little));
    }

    #[test]
    fn half_a_character_and_half_a_unit_end_nothing() {
        assert_eq!(text(&[0xff, 0xfe, b'a', 0, 0x3d, 0xd8, b'b', 0, 7]), "a?b");
        assert_eq!(order_of(b"plain"), None);
        assert_eq!(order_of(&[0xff, 0xfe, 0, 0, 1]), None);
    }
}
