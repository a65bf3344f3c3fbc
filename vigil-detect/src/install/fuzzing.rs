//! What must hold of the reading of any text.

use super::{LONGEST_OPAQUE, MOST_OPAQUE, MOST_PACKAGES, read};
use crate::shell;

/// Panics when the reading of `text` breaks a bound, when its words do not stand in it, or when it
/// is read in two ways.
#[expect(clippy::panic, reason = "a fuzz target fails by it")]
pub fn install(text: &str) {
    let reading = read(text);
    if reading.packages.len() > MOST_PACKAGES
        || reading.opaque.len() > MOST_OPAQUE
        || reading.opaque.iter().any(|opaque| opaque.text.len() > LONGEST_OPAQUE)
    {
        panic!("a reading without bounds");
    }
    let script = shell::read(text);
    for step in &script.body {
        if let shell::Node::Simple(simple) = &step.node {
            for word in &simple.words {
                let stands = script.cut.is_some() || text.get(word.start..word.end).is_some();
                assert!(stands, "a word that does not stand in its text");
            }
        }
    }
    assert!(read(text) == reading, "a command is read in two ways");
}
