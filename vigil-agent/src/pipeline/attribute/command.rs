//! Whether a process runs what a tool was asked to run. Clients hand a command to a shell, most of
//! them wrapped in words of their own.

use serde_json::Value;

/// The most bytes of a command that is compared.
const LONGEST: usize = 16 * 1024;
/// Fields of a tool's input that hold the command.
const FIELDS: &[&str] = &["command", "cmd"];
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "fish", "ash"];

/// How well a process fits a command; the better the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// The command is a part of what the process's shell runs.
    Part,
    /// It is the command and nothing else.
    Whole,
}

/// The command that a tool with this input (JSON) runs.
pub(super) fn of_tool(input: &str) -> Option<String> {
    if input.len() > LONGEST * 2 {
        return None;
    }
    let input: Value = serde_json::from_str(input).ok()?;
    let command = FIELDS.iter().find_map(|field| match input.get(field)? {
        Value::String(command) => Some(command.clone()),
        Value::Array(words) => {
            let words: Option<Vec<String>> =
                words.iter().map(|word| word.as_str().map(ToOwned::to_owned)).collect();
            let words = words?;
            Some(script(&words).map_or_else(|| words.join(" "), ToOwned::to_owned))
        }
        _ => None,
    })?;
    let command = command.trim();
    (!command.is_empty() && command.len() <= LONGEST).then(|| command.to_owned())
}

/// How well the process with these arguments fits `command`.
pub(super) fn fit(arguments: &[String], command: &str) -> Option<Fit> {
    let Some(script) = script(arguments) else {
        let is_it = split(command).is_some_and(|words| words == arguments);
        return is_it.then_some(Fit::Whole);
    };
    if script.trim() == command || evaluated(script).is_some_and(|inner| inner.trim() == command) {
        return Some(Fit::Whole);
    }
    let is_part =
        has(script, command) || evaluated(script).is_some_and(|inner| has(&inner, command));
    is_part.then_some(Fit::Part)
}

/// Whether `part` stands in `whole`, not within a word.
pub(super) fn has(whole: &str, part: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || "_-./".contains(c);
    whole.match_indices(part).any(|(at, _)| {
        let before = whole.get(..at).and_then(|before| before.chars().next_back());
        let after = whole.get(at + part.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// What a shell with these arguments runs: the argument after one such as `-c` or `-lc`.
fn script(arguments: &[String]) -> Option<&str> {
    let (called, rest) = arguments.split_first()?;
    let name = called.rsplit('/').next()?.trim_start_matches('-');
    if !SHELLS.contains(&name) {
        return None;
    }
    let is_command =
        |word: &String| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
    let at = rest.iter().position(is_command)?;
    // More options may stand between, as in `bash -c -l SCRIPT`.
    rest.get(at + 1..)?.iter().find(|word| !word.starts_with('-')).map(String::as_str)
}

/// What `script` gives to `eval` as one word, when it does.
fn evaluated(script: &str) -> Option<String> {
    let at = script.match_indices("eval ").map(|(at, _)| at).find(|at| {
        let before = script.get(..*at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| c.is_whitespace() || ";&|({".contains(c))
    })?;
    let mut word = String::new();
    let mut rest = script.get(at + "eval ".len()..)?.trim_start().chars();
    take_word(&mut rest, &mut word)?;
    Some(word)
}

/// The arguments of a command line, as a shell would take it apart; nothing when it does not end
/// as it began. Expansions are left as they stand.
pub(super) fn split(line: &str) -> Option<Vec<String>> {
    let mut rest = line.chars();
    let mut words = Vec::new();
    loop {
        let ahead = rest.as_str().trim_start();
        if ahead.is_empty() {
            return Some(words);
        }
        rest = ahead.chars();
        let mut word = String::new();
        take_word(&mut rest, &mut word)?;
        words.push(word);
    }
}

/// Takes one word and the blank after it.
fn take_word(rest: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    while let Some(c) = rest.next() {
        match c {
            c if c.is_whitespace() => return Some(()),
            '\'' => loop {
                match rest.next()? {
                    '\'' => break,
                    c => word.push(c),
                }
            },
            '"' => loop {
                match rest.next()? {
                    '"' => break,
                    '\\' => match rest.next()? {
                        c @ ('"' | '\\' | '$' | '`') => word.push(c),
                        c => word.extend(['\\', c]),
                    },
                    c => word.push(c),
                }
            },
            '\\' => word.push(rest.next()?),
            c => word.push(c),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests;
