//! The words of a program by its table: which are options, which take the next word as their
//! value, and what they mean for what is installed.

use super::expand::Arg;

/// What an option means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Nothing that matters here.
    Nothing,
    /// It adds this word to the flags of all packages.
    Flag(&'static str),
    /// It adds the second word, if its value is the first.
    FlagIf(&'static str, &'static str),
    /// Its value is where packages come from; the word is added to their flags.
    Index(&'static str),
    /// Its value is a list of packages.
    Manifest,
    /// Its value names a list of packages of the project.
    Lists,
    /// Its value is a package (or several, with commas) besides the operands.
    Package,
    /// Its value is a package instead of the first operand.
    Instead,
    /// Its value is a folder that is installed as it stands.
    Editable,
    /// Its value is the version of the packages.
    Version,
    /// Its value is a repository.
    Git,
    /// Its value is a branch, tag or commit.
    Revision,
    /// Its value is a file or folder that is installed.
    File,
    /// Its value is an address that is installed.
    Url,
    /// It says what the program does.
    Needed,
    /// Nothing is installed.
    Never,
    /// Nothing is installed, but code of the packages may run.
    DryRun,
    /// Its value is a command.
    Commands,
}

/// An option.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opt {
    /// Its names, with blanks between them.
    pub(super) names: &'static str,
    /// True when the next word is its value.
    pub(super) takes: bool,
    pub(super) does: Does,
}

impl Opt {
    /// Options with values that do not matter.
    pub(super) const fn value(names: &'static str) -> Self {
        Self { names, takes: true, does: Does::Nothing }
    }

    /// Options with values that mean something.
    pub(super) const fn with(names: &'static str, does: Does) -> Self {
        Self { names, takes: true, does }
    }

    /// Options without values that mean something.
    pub(super) const fn is(names: &'static str, does: Does) -> Self {
        Self { names, takes: false, does }
    }
}

/// A word of a call: an option, with its value if it has one, or an operand.
#[derive(Clone, Debug)]
pub(super) struct Said<'c> {
    /// The option as it is named in a table, or as it was written; empty for operands.
    pub(super) option: &'c str,
    pub(super) value: Option<Arg<'c>>,
    pub(super) does: Does,
    /// Its place among the words.
    pub(super) place: usize,
}

/// How options are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Style {
    /// `-xyz value`, `--long=value`.
    #[default]
    Usual,
    /// `-long value`, one dash or two, never several in one word.
    Long,
}

/// Reads words one after the other.
#[derive(Clone, Copy)]
pub(super) struct Words<'c> {
    args: &'c [Arg<'c>],
    pub(super) at: usize,
    /// The next letter of a word with several options.
    letter: usize,
    /// True after `--`.
    pub(super) ended: bool,
    style: Style,
}

impl<'c> Words<'c> {
    pub(super) const fn new(args: &'c [Arg<'c>], style: Style) -> Self {
        Self { args, at: 0, letter: 0, ended: false, style }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'c [Arg<'c>] {
        self.args.get(self.at..).unwrap_or_default()
    }

    /// The next word, its options looked up in `tables`.
    pub(super) fn next(&mut self, tables: &[&'static [Opt]]) -> Option<Said<'c>> {
        loop {
            let place = self.at;
            let arg = self.args.get(place)?;
            let text: &'c str = &arg.text;
            if self.letter > 0 {
                return Some(self.letters(arg, text, tables));
            }
            self.at += 1;
            if self.ended || !text.starts_with('-') || text == "-" {
                let value = Some(Arg { flow: arg.flow.clone(), ..arg.part(text) });
                return Some(Said { option: "", value, does: Does::Nothing, place });
            }
            if text == "--" {
                self.ended = true;
                continue;
            }
            let (name, attached) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (text, None),
            };
            let found = find(tables, name).or_else(|| {
                // One dash or two.
                (self.style == Style::Long && name.starts_with("--"))
                    .then(|| find(tables, name.get(1..).unwrap_or_default()))
                    .flatten()
            });
            if let Some((option, opt)) = found {
                let value = match attached {
                    Some(value) => Some(arg.part(value)),
                    None if opt.takes => self.take(),
                    None => None,
                };
                return Some(Said { option, value, does: opt.does, place });
            }
            let several = !text.starts_with("--") && text.len() > 2 && self.style == Style::Usual;
            if several && text.is_char_boundary(2) {
                self.at = place;
                self.letter = 1;
                continue;
            }
            let value = attached.map(|value| arg.part(value));
            return Some(Said { option: name, value, does: Does::Nothing, place });
        }
    }

    /// The next option of a word that has several.
    fn letters(&mut self, arg: &'c Arg<'c>, text: &'c str, tables: &[&'static [Opt]]) -> Said<'c> {
        let place = self.at;
        let rest = text.get(self.letter..).unwrap_or_default();
        let letter = rest.chars().next().unwrap_or('-');
        let after = rest.get(letter.len_utf8()..).unwrap_or_default();
        let mut name = [b'-', 0];
        let found = u8::try_from(letter).ok().filter(u8::is_ascii_alphanumeric).and_then(|byte| {
            name = [b'-', byte];
            find(tables, std::str::from_utf8(&name).unwrap_or_default())
        });
        self.letter += letter.len_utf8();
        if after.is_empty() {
            (self.at, self.letter) = (place + 1, 0);
        }
        match found {
            Some((option, opt)) if opt.takes => {
                let value = if after.is_empty() {
                    self.take()
                } else {
                    Some(arg.part(after.strip_prefix('=').unwrap_or(after)))
                };
                (self.at, self.letter) = (self.at.max(place + 1), 0);
                Said { option, value, does: opt.does, place }
            }
            Some((option, opt)) => Said { option, value: None, does: opt.does, place },
            None => Said { option: text, value: None, does: Does::Nothing, place },
        }
    }

    fn take(&mut self) -> Option<Arg<'c>> {
        let arg = self.args.get(self.at)?;
        self.at += 1;
        Some(Arg { flow: arg.flow.clone(), ..arg.part(&arg.text) })
    }
}

fn find(tables: &[&'static [Opt]], name: &str) -> Option<(&'static str, &'static Opt)> {
    for opt in tables.iter().copied().flatten() {
        if let Some(found) = opt.names.split(' ').find(|known| *known == name) {
            return Some((found, opt));
        }
    }
    None
}

/// All words of a call, by one table.
pub(super) fn words<'c>(args: &'c [Arg<'c>], table: &'static [Opt]) -> Vec<Said<'c>> {
    let mut words = Words::new(args, Style::Usual);
    std::iter::from_fn(|| words.next(&[table])).collect()
}
