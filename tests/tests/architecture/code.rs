//! Just enough of Rust's grammar to read code without its comments and strings, and to find the
//! paths it names.

/// `source` with every comment, string and character blanked out; lines stay where they are.
pub(crate) fn without_words(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = String::with_capacity(source.len());
    let mut i = 0;
    while i < chars.len() {
        let end = match (at(i), at(i + 1)) {
            ('/', '/') => (i..chars.len()).find(|end| at(*end) == '\n').unwrap_or(chars.len()),
            ('/', '*') => block_comment_end(&at, i, chars.len()),
            ('"', _) => string_end(&at, i + 1, chars.len()),
            ('r', '"' | '#') if !is_word(at(i.wrapping_sub(1))) => {
                raw_string_end(&at, i + 1, chars.len())
            }
            ('\'', '\\') => (i + 3..chars.len()).find(|end| at(*end) == '\'').unwrap_or(i) + 1,
            ('\'', _) if at(i + 2) == '\'' => i + 3,
            _ => i,
        };
        if end == i {
            out.push(at(i));
            i += 1;
            continue;
        }
        out.extend((i..end).map(|i| if at(i) == '\n' { '\n' } else { ' ' }));
        i = end;
    }
    out
}

fn block_comment_end(at: &dyn Fn(usize) -> char, start: usize, len: usize) -> usize {
    let (mut depth, mut i) = (0_usize, start);
    while i < len {
        match (at(i), at(i + 1)) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i.min(len)
}

fn string_end(at: &dyn Fn(usize) -> char, mut i: usize, len: usize) -> usize {
    while i < len && at(i) != '"' {
        i += if at(i) == '\\' { 2 } else { 1 };
    }
    (i + 1).min(len)
}

/// `start` stands after the `r`. A raw identifier (`r#type`) is not a string.
fn raw_string_end(at: &dyn Fn(usize) -> char, start: usize, len: usize) -> usize {
    let hashes = (start..len).take_while(|i| at(*i) == '#').count();
    if at(start + hashes) != '"' {
        return start - 1;
    }
    let closes = |i: usize| at(i) == '"' && (1..=hashes).all(|n| at(i + n) == '#');
    (start + hashes + 1..len).find(|i| closes(*i)).map_or(len, |i| i + hashes + 1)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// True when `word` stands in `code` by itself.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        let after = code.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// The production part: without what follows a `#[cfg(test)]` that opens a module of tests.
pub(crate) fn production(code: &str) -> &str {
    let inline_tests = code.match_indices("#[cfg(test)]").find(|(at, _)| {
        let rest = code.get(at + "#[cfg(test)]".len()..).unwrap_or_default().trim_start();
        let first = rest.find(['{', ';']).and_then(|at| rest.get(at..));
        rest.starts_with("mod ") && first.is_some_and(|first| first.starts_with('{'))
    });
    inline_tests.and_then(|(at, _)| code.get(..at)).unwrap_or(code)
}

/// Every path that begins with `crate` or `super`, as absolute module paths. `module` is where the
/// code stands; groups are taken apart (`crate::{a::b, c}` is `a::b` and `c`).
pub(crate) fn inner_paths(code: &str, module: &[&str]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate", "super"] {
        for (at, _) in code.match_indices(&format!("{start}::")) {
            let before = code.get(..at).unwrap_or_default();
            // `pub(in crate::x)` counts; the second half of `super::super::` and `x_crate::` not.
            if before.ends_with("::") || before.chars().next_back().is_some_and(is_word) {
                continue;
            }
            let mut base: Vec<String> = module.iter().map(|part| (*part).to_owned()).collect();
            let mut rest = code.get(at..).unwrap_or_default();
            if let Some(after) = rest.strip_prefix("crate::") {
                base.clear();
                rest = after;
            }
            while let Some(after) = rest.strip_prefix("super::") {
                base.pop();
                rest = after;
            }
            expand(rest, &base, &mut found);
        }
    }
    found
}

/// Reads one use tree at the beginning of `text`; returns what follows it.
fn expand<'a>(text: &'a str, base: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let before = rest.len();
            rest = expand(rest, base, found).trim_start();
            // An alias, or something that is no use tree after all.
            let next = rest.find([',', '}']).unwrap_or(rest.len());
            rest = rest.get(next..).unwrap_or_default();
            rest = rest.strip_prefix(',').unwrap_or(rest);
            if rest.len() == before || rest.is_empty() {
                return rest;
            }
        }
    }
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let mut path = base.to_vec();
    if !name.is_empty() && name != "self" {
        path.push(name.to_owned());
    }
    if let Some(after) = rest.strip_prefix("::") {
        return expand(after, &path, found);
    }
    found.push(path);
    rest
}

#[test]
fn comments_and_strings_are_not_code() {
    let source = "let a = \"unsafe\"; // unsafe\n/* unsafe /* nested */ unsafe */ let b = r#\"unsafe \" \"#; let c = '\"'; let d: &'a str = 'x';";

    let code = without_words(source);

    assert!(!has_word(&code, "unsafe"), "{code}");
    assert!(code.contains("let b") && code.contains("let d: &'a str"), "{code}");
    assert_eq!(code.lines().count(), 2);
}

#[test]
fn a_word_is_found_only_by_itself() {
    assert!(has_word("x { unsafe { y } }", "unsafe"));
    assert!(!has_word("forbid(unsafe_code)", "unsafe"));
}

#[test]
fn inline_tests_are_not_production_code() {
    assert_eq!(production("a\n#[cfg(test)]\nmod tests {\nb }"), "a\n");
    assert_eq!(production("a\n#[cfg(test)]\nmod tests;\n"), "a\n#[cfg(test)]\nmod tests;\n");
}

#[test]
fn groups_and_parents_become_whole_paths() {
    let code = "use crate::{pipeline::{Inlet, price::estimate as e}, shutdown};\n\
                use super::tail::*;\nlet x = super::super::api::bind();\nuse other_crate::y;";

    let paths: Vec<String> = inner_paths(code, &["source", "transcript"])
        .into_iter()
        .map(|path| path.join("::"))
        .collect();

    assert_eq!(
        paths,
        ["pipeline::Inlet", "pipeline::price::estimate", "shutdown", "source::tail", "api::bind"]
    );
}
