//! Patterns of paths: `?` is one character and `*` any number within a name, `**` any number of
//! whole folders. A pattern without a `/` is about names alone, one that does not begin with `/`
//! may begin in any folder. Takes time in proportion to pattern times path.

/// True when `path` is one that `pattern` means.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
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
    use super::matches;

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
    fn a_pattern_of_stars_takes_no_time_beyond_its_length() {
        let (pattern, path) = ("*a".repeat(200), "a".repeat(4000));
        assert!(!matches(&format!("{pattern}b"), &path));
        assert!(!matches(&format!("{}b", "**/".repeat(200)), &"a/".repeat(2000)));
    }
}
