//! The value of an expression that makes a text of it, or takes it where there is no other:
//! `String::from("...")`, `env::var("NAME").unwrap_or("...".into())`, `mkDefault "..."`.

use super::{loose::Loose, wide::Wide};
use crate::class::WORD;

/// The longest expression up to its value.
const LONGEST: usize = 160;

/// Functions whose argument is the value, in small letters alone.
const MAKES: &[&[u8]] = &[
    b"from",
    b"new",
    b"some",
    b"just",
    b"option",
    b"of",
    b"ofnullable",
    b"string",
    b"str",
    b"text",
    b"secret",
    b"secretstring",
    b"secretstr",
    b"securestring",
    b"password",
    b"sensitive",
    b"box",
    b"borrowed",
    b"fromstatic",
    b"byte",
    b"bytes",
    b"let",
    b"field",
    b"column",
    b"arc",
    b"cow",
    b"converttosecurestring",
    b"mkdefault",
    b"mkforce",
    b"unwrapor",
    b"unwraporelse",
    b"mapor",
    b"getorelse",
    b"orelse",
    b"orelseget",
    b"frommaybe",
    b"fromoption",
    b"coalesce",
    b"default",
    b"ifempty",
    b"nvl",
    b"fallback",
    b"literal",
    b"or",
    b"else",
    b"return",
];

/// Functions that are asked for a name, and have what holds without it behind a comma.
const ASKS: &[&[u8]] = &[
    b"var",
    b"getenv",
    b"env",
    b"get",
    b"fetch",
    b"getenvironmentvariable",
    b"lookupenv",
    b"getordefault",
    b"envor",
    b"getstring",
    b"config",
    b"setting",
    b"pop",
    b"requirenonnullelse",
    b"optionenv",
    b"property",
    b"getproperty",
    b"findproperty",
    b"gradleproperty",
    b"environmentvariable",
    b"input",
    b"prompt",
    b"setdefault",
];

/// Names of arguments that hold the value, and of those that do not.
const HOLDS: &[&[u8]] = &[b"default", b"value", b"val", b"fallback", b"initial"];
const BESIDE: &[&[u8]] = &[b"type", b"help", b"desc", b"description", b"short", b"required"];

/// The value of the expression after the name.
pub(super) fn value(wide: &Wide<'_>) -> Option<Loose> {
    let closed = wide.closed();
    let mut at = wide.blanks(closed);
    let mut options = closed > wide.name.end;
    let dashed = wide.text.get(..wide.name.start)?.ends_with(b"--");
    if dashed && wide.byte(at) == Some(b'<') {
        // What a manual has for the value: `--key <key>`.
        let end = at + wide.rest(at).iter().position(|byte| *byte == b'>')? + 1;
        at = wide.over(end, |byte| matches!(byte, b'"' | b'\'' | b' '));
        options = true;
    }
    if wide.rest(at).starts_with(b"{ get") {
        // A property of C#, which has its first value behind what it can do.
        at = wide.blanks(at + wide.rest(at).iter().position(|byte| *byte == b'}')? + 1);
    }
    let sign = wide.byte(at)?;
    let listed = sign == b',' && dashed && options;
    let rest = wide.rest(at);
    let gives = matches!(sign, b'=' | b':')
        || [&b"<- "[..], b"<<<", b"-> ", b"{\"", b"{ \"", b"//"]
            .iter()
            .any(|sign| rest.starts_with(sign));
    if !gives && !listed {
        let here = rest.iter().take(40).take_while(|byte| **byte != b'\n').count();
        let text = memchr::memmem::find(rest.get(..here)?, b" <<< ")?;
        return wide.wrapped(at + text + 5);
    }
    let start = wide.over(at, |byte| matches!(byte, b'=' | b':' | b',' | b'<' | b'>' | b'-'));
    let start = wide.blanks(start);
    if let Some(found) = tagged(wide, start).or_else(|| in_brackets(wide, start)) {
        return Some(found);
    }
    Walk { wide, at: start, open: true, asked: false, depth: usize::from(listed) }.value()
}

/// After a tag or an anchor of YAML: `!!str ...`, `&name ...`.
fn tagged(wide: &Wide<'_>, at: usize) -> Option<Loose> {
    matches!(wide.byte(at)?, b'!' | b'&').then_some(())?;
    let end = wide.over(at + 1, |byte| WORD.has(byte) || matches!(byte, b'!' | b'/' | b'-'));
    let value = wide.blanks(end);
    (value > end && end > at + 1).then(|| wide.wrapped(value)).flatten()
}

/// `name=[...]`, `name: <...>`, as logs have it.
fn in_brackets(wide: &Wide<'_>, at: usize) -> Option<Loose> {
    matches!(wide.byte(at)?, b'[' | b'<' | b'{' | b'(').then(|| wide.wrapped(at)).flatten()
}

/// The way through an expression.
struct Walk<'w, 't> {
    wide: &'w Wide<'t>,
    at: usize,
    /// True where the value may stand.
    open: bool,
    /// True right after the name of a function that is asked for a name.
    asked: bool,
    /// Brackets that are open.
    depth: usize,
}

impl Walk<'_, '_> {
    fn value(mut self) -> Option<Loose> {
        let end = self.at + LONGEST;
        while self.at < end {
            match self.wide.byte(self.at)? {
                b' ' | b'\t' | b')' | b'}' | b']' | b'.' | b'&' | b'_' | b'$' | b'@' => {
                    self.at += 1;
                }
                quote @ (b'"' | b'\'' | b'`') => {
                    if self.open
                        && let Some(found) = self.wide.value(self.at + 1, Some(quote))
                    {
                        return Some(found);
                    }
                    self.skip_text(quote)?;
                }
                b'(' | b'{' => {
                    self.depth += 1;
                    self.open = !std::mem::take(&mut self.asked);
                    self.at += 1;
                }
                b'[' | b'<' => (self.open, self.at) = (false, self.at + 1),
                b'|' | b'?' | b'/' | b':' | b'>' | b'=' | b'-' => {
                    (self.open, self.at) = (true, self.at + 1);
                }
                b',' if self.depth > 0 => (self.open, self.at) = (true, self.at + 1),
                byte if byte.is_ascii_alphabetic() => self.word()?,
                _ => return None,
            }
        }
        None
    }

    /// Over a text that is not the value; none where it is itself a name of what follows.
    fn skip_text(&mut self, quote: u8) -> Option<()> {
        let rest = self.wide.rest(self.at + 1);
        let len = rest.iter().position(|byte| *byte == quote || *byte == b'\n')?;
        self.at = self.wide.blanks(self.at + len + 2);
        self.open = false;
        (!matches!(self.wide.byte(self.at), Some(b':' | b'='))).then_some(())
    }

    /// A name or a keyword, and whether the value may stand behind it.
    fn word(&mut self) -> Option<()> {
        let inside = |byte| WORD.has(byte) || matches!(byte, b'.' | b':' | b'!' | b'-');
        let end = self.wide.over(self.at, inside);
        let path = self.wide.text.get(self.at..end)?;
        let named = path.ends_with(b":") && !path.ends_with(b"::");
        let path = path.strip_suffix(b":").unwrap_or(path);
        let last = path.rsplit(|byte| matches!(byte, b'.' | b':')).next()?;
        let mut letters = [0; 24];
        let mut len = 0;
        for byte in last.iter().filter(|byte| !b"_-!".contains(byte)) {
            // A longer word is none that is known.
            *letters.get_mut(len)? = byte.to_ascii_lowercase();
            len += 1;
        }
        let word = letters.get(..len)?;
        self.at = self.wide.blanks(end);
        let next = self.wide.byte(self.at)?;
        let field = named || (next == b'=' && !self.wide.rest(self.at).starts_with(b"=="));
        if field && self.depth > 0 {
            self.at += usize::from(next == b'=');
            self.open = HOLDS.contains(&word);
            return (self.open || BESIDE.contains(&word)).then_some(());
        }
        match next {
            b'(' if ASKS.contains(&word) => self.asked = true,
            b'(' if !MAKES.contains(&word) => return None,
            b'"' | b'\'' => self.open = MAKES.contains(&word) || (word.len() == 1 && self.open),
            _ => self.open = false,
        }
        Some(())
    }
}
