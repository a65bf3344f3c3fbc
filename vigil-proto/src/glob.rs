//! Patterns of paths: `?` is one character and `*` any number within a name, `**` any number of
//! whole folders. A pattern without a `/` is about names alone, one that does not begin with `/`
//! may begin in any folder. Takes time in proportion to pattern times path, and neither is long.

/// The longest pattern, in characters. A longer one means no path.
pub const LONGEST: usize = 256;
/// The longest path that a file can have, in bytes, and room for what is masked in it.
const LONGEST_PATH: usize = 8 * 1024;

/// True for a pattern that can mean a path.
pub fn is_pattern(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().count() <= LONGEST
}

/// True when `path` is one that `pattern` means.
pub fn matches(pattern: &str, path: &str) -> bool {
    if !is_pattern(pattern) || path.len() > LONGEST_PATH {
        return false;
    }
    let path = path.trim_end_matches('/');
    if !pattern.contains('/') {
        return name(pattern, path.rsplit('/').next().unwrap_or(path));
    }
    let mut wanted: Vec<&str> = pattern.trim_start_matches("./").split('/').collect();
    let parts: Vec<&str> = path.split('/').collect();
    if !pattern.starts_with('/') {
        wanted.insert(0, "**");
    }
    // Which beginnings of the path are met by the parts of the pattern so far.
    let mut met = vec![false; parts.len() + 1];
    if let Some(none) = met.first_mut() {
        *none = true;
    }
    for part in wanted {
        let mut next = vec![false; parts.len() + 1];
        if part == "**" {
            let mut any = false;
            for (to, from) in next.iter_mut().zip(&met) {
                any |= *from;
                *to = any;
            }
        } else {
            for ((to, from), here) in next.iter_mut().skip(1).zip(&met).zip(&parts) {
                *to = *from && name(part, here);
            }
        }
        met = next;
    }
    met.last().copied().unwrap_or(false)
}

/// True when the whole of `name` is one that `pattern` means, neither of which has a `/`.
fn name(pattern: &str, name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let mut met = vec![false; name.len() + 1];
    if let Some(none) = met.first_mut() {
        *none = true;
    }
    for wanted in pattern.chars() {
        let mut next = vec![false; name.len() + 1];
        if wanted == '*' {
            let mut any = false;
            for (to, from) in next.iter_mut().zip(&met) {
                any |= *from;
                *to = any;
            }
        } else {
            for ((to, from), here) in next.iter_mut().skip(1).zip(&met).zip(&name) {
                *to = *from && (wanted == '?' || wanted == *here);
            }
        }
        met = next;
    }
    met.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, LONGEST_PATH, is_pattern, matches};

    #[test]
    fn a_pattern_means_what_it_says() {
        let yes = [
            ("*.env", "/code/.env"),
            ("/code/tests/**", "/code/tests/a/b.txt"),
            ("/code/**/b.txt", "/code/b.txt"),
            ("tests/*.json", "/code/tests/a.json"),
            ("./tests/?.json", "tests/a.json"),
            ("/code/a*c/*", "/code/abbc/d"),
        ];
        let no = [
            ("*.env", "/code/.envrc"),
            ("/code/tests/*", "/code/tests/a/b.txt"),
            ("/tests/**", "/code/tests/a"),
            ("tests/*.json", "/code/mytests/a.json"),
            ("?", "/ab"),
            ("", "/a"),
        ];
        for (pattern, path) in yes {
            assert!(matches(pattern, path), "{pattern} is {path}");
        }
        for (pattern, path) in no {
            assert!(!matches(pattern, path), "{pattern} is not {path}");
        }
    }

    #[test]
    fn letters_beyond_one_byte_count_as_one() {
        assert!(matches("gr?n/*.ü", "/grün/ä.ü"));
        assert!(!matches("gr??n", "grün"));
    }

    #[test]
    fn what_is_too_long_means_nothing() {
        let longest = "ä".repeat(LONGEST);

        assert!(is_pattern(&longest) && matches(&longest, &longest));
        assert!(!is_pattern("") && !is_pattern(&format!("{longest}b")));
        assert!(!matches(&format!("*{longest}"), &longest));
        assert!(!matches("**", &"a/".repeat(LONGEST_PATH)));
    }

    #[test]
    fn a_pattern_of_stars_takes_no_time_beyond_its_length() {
        let (pattern, path) = ("*a".repeat(LONGEST / 2 - 1), "a".repeat(4000));
        assert!(!matches(&format!("{pattern}b"), &path));
        assert!(!matches(&format!("{}b", "**/".repeat(LONGEST / 3 - 1)), &"a/".repeat(2000)));
    }
}
