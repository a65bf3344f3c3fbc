//! A tool call's input, shortened so that its telling argument is among what is left: a command, a
//! path, a question, before the text of a whole file. Pure.

use serde_json::{Map, Value};

use super::cut;

/// The arguments that tell most, the most telling first.
const TELLING: &[&str] = &[
    "command",
    "cmd",
    "file_path",
    "notebook_path",
    "path",
    "filename",
    "url",
    "pattern",
    "query",
    "subagent_type",
    "description",
    "title",
];

/// Inputs longer than this are cut as they stand, in bytes: they are not worth reading whole.
const LONGEST: usize = 256 * 1024;

/// At most `chars` characters of `input`. An object that is longer keeps its form: telling
/// arguments come first, and long strings are cut.
pub(super) fn head(input: &str, chars: usize) -> String {
    if input.len() > chars
        && input.len() <= LONGEST
        && let Ok(object) = serde_json::from_str::<Map<String, Value>>(input)
    {
        return cut::head(&shortened(object, chars), chars).to_owned();
    }
    cut::head(input, chars).to_owned()
}

/// At most `chars` characters of the command that a tool's `input` holds; where it holds none, of
/// the input.
pub(super) fn command(input: &str, chars: usize) -> String {
    match vigil_proto::event::command(input) {
        Some(command) => cut::head(&command, chars).to_owned(),
        None => head(input, chars),
    }
}

fn shortened(mut object: Map<String, Value>, chars: usize) -> String {
    let mut short = String::from("{");
    let telling: Vec<(String, Value)> =
        TELLING.iter().filter_map(|key| object.remove_entry(*key)).collect();
    for (key, value) in telling.into_iter().chain(object) {
        // What comes after is cut away in any case.
        if short.len() > chars {
            break;
        }
        if short.len() > 1 {
            short.push(',');
        }
        let value = match value {
            Value::String(text) => Value::String(cut::head(&text, chars / 2).to_owned()),
            other => other,
        };
        short.push_str(&Value::String(key).to_string());
        short.push(':');
        short.push_str(&value.to_string());
    }
    short.push('}');
    short
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn what_fits_stays_as_it_is() {
        let input = r#"{"b":1,"command":"ls"}"#;

        assert_eq!(head(input, 100), input);
        assert_eq!(head("no object at all", 5), "no ob");
    }

    #[test]
    fn the_path_of_a_long_file_is_told() {
        let input = format!(r#"{{"content":"{}","file_path":"/x/y.rs"}}"#, "line ".repeat(500));

        let short = head(&input, 240);

        assert!(short.starts_with(r#"{"file_path":"/x/y.rs","content":"line "#), "{short}");
        assert!(short.chars().count() <= 240);
    }

    #[test]
    fn a_mask_is_never_cut() {
        let mask = format!("[[vigil:x:{}:0011223344556677]]", "*".repeat(60));
        for before in 0..200 {
            let input = format!(
                r#"{{"command":"{}{mask}","z":"{}"}}"#,
                "a".repeat(before),
                "b".repeat(500)
            );

            let short = head(&input, 240);

            assert_eq!(short.matches("[[vigil:").count(), short.matches("]]").count(), "{short}");
        }
    }
}
