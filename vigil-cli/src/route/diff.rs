//! What a change would do to a file, line by line, for a person. Credentials in lines that must be
//! shown are masked.

use vigil_detect::{Engine, FingerprintKey};
use vigil_proto::Sensitive;

/// The lines that differ: `-` and the line that goes, `+` and the line that comes.
pub(crate) fn lines(old: &[u8], new: &[u8]) -> Vec<(char, String)> {
    // No fingerprint is printed that would last, so this key protects nothing.
    let engine = Engine::new(FingerprintKey::from_bytes([0; 32]));
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let (old, new): (Vec<&str>, Vec<&str>) = (split(&old), split(&new));
    let same = |(a, b): &(&&str, &&str)| a == b;
    let before = old.iter().zip(&new).take_while(same).count();
    let room = old.len().min(new.len()) - before;
    let after = old.iter().rev().zip(new.iter().rev()).take(room).take_while(same).count();
    let middle = |lines: &[&str], sign| -> Vec<(char, String)> {
        let changed = lines.get(before..lines.len() - after).unwrap_or_default();
        changed
            .iter()
            .map(|line| {
                let masked = engine.mask(Sensitive::new((*line).to_owned())).0;
                (sign, without_token(masked.as_str()))
            })
            .collect()
    };
    let mut shown = middle(&old, '-');
    shown.extend(middle(&new, '+'));
    shown
}

/// The line without the token of a client's telemetry, which is Vigil's own and known by its form.
fn without_token(line: &str) -> String {
    const BEARER: &str = "Bearer ";
    const LENGTH: usize = 64;
    let Some((before, rest)) = line.split_once(BEARER) else { return line.to_owned() };
    match rest.split_at_checked(LENGTH) {
        Some((token, rest)) if token.bytes().all(|b| b.is_ascii_hexdigit()) => {
            format!("{before}{BEARER}[a token of this client's own]{rest}")
        }
        _ => line.to_owned(),
    }
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').map(|line| line.trim_end_matches(['\n', '\r'])).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_token_is_not_shown() {
        let token = "0123456789abcdef".repeat(4);
        let new = format!("a\nheaders = {{ x = \"Bearer {token}\" }}\n");

        let shown = lines(b"a\n", new.as_bytes());

        assert_eq!(
            shown,
            [('+', "headers = { x = \"Bearer [a token of this client's own]\" }".to_owned())]
        );
    }
}
