use super::*;

/// Gives at most `step` bytes a time, as a slow disk may.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let step = self.1.min(room.len());
        self.0.read(&mut room[..step])
    }
}

fn all(bytes: &[u8], cap: usize, step: usize) -> (Vec<(String, u64)>, u64) {
    let mut lines = Lines::new(Slow(bytes, step), 100, cap);
    let mut seen = Vec::new();
    while let Some((item, _)) = lines.next().unwrap() {
        seen.push(match item {
            Item::Line(line) => (String::from_utf8(line.to_vec()).unwrap(), 0),
            Item::TooLong { sample, bytes } => {
                (String::from_utf8(sample[..3].to_vec()).unwrap(), bytes)
            }
        });
    }
    (seen, lines.offset())
}

#[test]
fn lines_come_whole_however_the_bytes_arrive() {
    for step in [1, 2, 7, 1000] {
        let (seen, offset) = all(b"one\n\nthree\nhalf", 1000, step);

        assert_eq!(seen, [("one".into(), 0), (String::new(), 0), ("three".into(), 0)]);
        assert_eq!(offset, 111, "the half line is not passed over");
    }
}

#[test]
fn a_line_beyond_the_cap_is_measured_and_the_next_one_is_read() {
    let bytes = format!("a\n{}\nb\n", "x".repeat(50_000));
    for step in [1000, 1_000_000] {
        let (seen, offset) = all(bytes.as_bytes(), 10_000, step);

        assert_eq!(seen, [("a".into(), 0), ("xxx".into(), 50_000), ("b".into(), 0)]);
        assert_eq!(offset, 100 + bytes.len() as u64);
    }
}

#[test]
fn an_unfinished_long_line_is_left_for_later() {
    let bytes = format!("a\n{}", "x".repeat(50_000));

    let (seen, offset) = all(bytes.as_bytes(), 10_000, 1000);

    assert_eq!(seen, [("a".into(), 0)]);
    assert_eq!(offset, 102);
}
