//! A reader of what POSIX shells and bash are given to run. It reads, and never runs, expands
//! files, or asks the machine anything. Every text has a reading: what a shell would refuse is read
//! as far as it makes sense.
//!
//! | module | holds |
//! |---|---|
//! | `parse` | lists, pipes, compound commands |
//! | `simple` | simple commands, redirections |
//! | `word` | words: quotes, variables, substitutions |
//! | `here` | here-documents |

use std::borrow::Cow;

mod here;
mod parse;
mod simple;
#[cfg(test)]
mod tests;
mod word;

/// How deep commands may stand within each other.
pub(crate) const DEEPEST: usize = 40;
/// How many words a text may have.
const MOST_WORDS: usize = 100_000;

/// A text as a shell would read it.
#[derive(Debug, Default)]
pub struct Script<'a> {
    /// Its commands.
    pub body: Vec<Step<'a>>,
    /// The bodies of its here-documents, by [`From::Document`].
    pub documents: Vec<Word<'a>>,
    /// Why the reading stopped before the end.
    pub cut: Option<Cut>,
}

/// Why a text was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Commands stand too deep within each other.
    Depth,
    /// It has too many words.
    Length,
}

/// One command of a list.
#[derive(Debug)]
pub struct Step<'a> {
    /// The command.
    pub node: Node<'a>,
    /// True when it runs only if the one before went well, or did not.
    pub maybe: bool,
}

/// A command.
#[derive(Debug)]
pub enum Node<'a> {
    /// A program or builtin with its words.
    Simple(Simple<'a>),
    /// What one writes the next reads.
    Pipe(Vec<Self>),
    /// `( )`, with `apart`, or `{ }`.
    Group {
        /// The commands.
        body: Vec<Step<'a>>,
        /// True when its variables are its own.
        apart: bool,
        /// Its redirections.
        redirects: Vec<Redirect<'a>>,
    },
    /// `if`, `while`, `until`, `case`: parts of which some run.
    Branches {
        /// The conditions and bodies, as they stand.
        parts: Vec<Vec<Step<'a>>>,
        /// Words that are read before, of `case`.
        subject: Option<Word<'a>>,
        /// Its redirections.
        redirects: Vec<Redirect<'a>>,
    },
    /// `for` and `select`.
    For {
        /// The variable.
        name: &'a str,
        /// What it runs over; none where these are the arguments.
        items: Option<Vec<Word<'a>>>,
        /// The commands.
        body: Vec<Step<'a>>,
        /// Its redirections.
        redirects: Vec<Redirect<'a>>,
    },
    /// A function that is defined.
    Function {
        /// Its name.
        name: &'a str,
        /// Its body, to be read when it is called.
        body: &'a str,
    },
}

/// A program or builtin with what it is given.
#[derive(Debug, Default)]
pub struct Simple<'a> {
    /// Variables set for it; where it has no words, for the shell.
    pub assigns: Vec<Assign<'a>>,
    /// Its words, the first being its name.
    pub words: Vec<Word<'a>>,
    /// Its redirections.
    pub redirects: Vec<Redirect<'a>>,
    /// The command as it stands.
    pub text: &'a str,
}

/// A variable that is set.
#[derive(Debug)]
pub struct Assign<'a> {
    /// Its name.
    pub name: &'a str,
    /// True for `+=`.
    pub more: bool,
    /// True for `name=(a b)`, or for one element.
    pub array: bool,
    /// What it is set to: one word, or those of an array.
    pub values: Vec<Word<'a>>,
}

/// Where a command reads from or writes to.
#[derive(Debug)]
pub struct Redirect<'a> {
    /// True for what it writes to the standard output.
    pub writes: bool,
    /// What is read or written.
    pub place: From<'a>,
}

/// What a redirection names.
#[derive(Debug)]
pub enum From<'a> {
    /// A file.
    File(Word<'a>),
    /// The text itself (`<<< text`).
    Text(Word<'a>),
    /// A here-document, by its place in [`Script::documents`].
    Document(usize),
    /// A file that is read or written by another stream of this number.
    Aside(&'a str, Word<'a>),
    /// Another stream, or one that does not matter.
    Other,
}

/// A word, before it is expanded.
#[derive(Debug, Default)]
pub struct Word<'a> {
    /// What it is made of.
    pub parts: Vec<Part<'a>>,
    /// Its first byte in the text.
    pub start: usize,
    /// One past its last.
    pub end: usize,
}

impl Word<'_> {
    /// What it says, where that is known without expanding anything.
    pub fn literal(&self) -> Option<Cow<'_, str>> {
        match self.parts.as_slice() {
            [] => Some(Cow::Borrowed("")),
            [Part::Text(text)] => Some(Cow::Borrowed(text)),
            parts => {
                let mut all = String::new();
                for part in parts {
                    let Part::Text(text) = part else { return None };
                    all.push_str(text);
                }
                Some(Cow::Owned(all))
            }
        }
    }
}

/// A part of a word.
#[derive(Debug)]
pub enum Part<'a> {
    /// Text, without its quotes.
    Text(Cow<'a, str>),
    /// A brace or comma of `{a,b}`, unquoted.
    Brace(char),
    /// `$name`, `${name...}`.
    Variable(Variable<'a>),
    /// `$(...)`.
    Output {
        /// The commands.
        body: Vec<Step<'a>>,
        /// True within double quotes.
        quoted: bool,
        /// As it stands.
        raw: &'a str,
    },
    /// Backquotes, to be read anew.
    Ticks {
        /// The commands.
        body: Cow<'a, str>,
        /// True within double quotes.
        quoted: bool,
        /// As it stands.
        raw: &'a str,
    },
    /// `<(...)` and `>(...)`.
    Process {
        /// The commands.
        body: Vec<Step<'a>>,
        /// As it stands.
        raw: &'a str,
    },
    /// Arithmetic, with what runs in it.
    Sum {
        /// What it is made of.
        inner: Vec<Self>,
        /// As it stands.
        raw: &'a str,
    },
}

/// A use of a variable.
#[derive(Debug)]
pub struct Variable<'a> {
    /// Its name, or the sign of a special one.
    pub name: &'a str,
    /// What is done with its value.
    pub how: How<'a>,
    /// True within double quotes.
    pub quoted: bool,
    /// As it stands.
    pub raw: &'a str,
}

/// What is done with a variable's value.
#[derive(Debug)]
pub enum How<'a> {
    /// Nothing.
    Plain,
    /// All of an array.
    All,
    /// One of an array.
    At(usize),
    /// `:-`, `-`: something else where there is none.
    Else(Vec<Part<'a>>),
    /// `:=`, `=`: the same, and from then on.
    Set(Vec<Part<'a>>),
    /// `:+`, `+`: something else where there is one.
    Then(Vec<Part<'a>>),
    /// Anything else, with what runs in it.
    Other(Vec<Part<'a>>),
}

/// Reads `text` at this depth of other texts.
pub(crate) fn read_at(text: &str, depth: usize) -> Script<'_> {
    parse::Reader::new(text, depth).script()
}

/// Reads `text`. Takes time in proportion to its length.
pub fn read(text: &str) -> Script<'_> {
    read_at(text, 0)
}
