//! Cutting text into the words of the search index, the same way for texts and for queries:
//! lower-case runs of letters and digits, pairs of characters for scripts without spaces.
//! Of a mask only the type of the secret is a word.

/// How much of each text is indexed, in bytes.
pub(crate) const INDEXED_BYTES: usize = 8 * 1024;

/// Longer words are cut; beyond this they are data, not words. In bytes.
const LONGEST: usize = 48;

/// Collects the distinct words of one text after another without allocating anew.
#[derive(Debug)]
pub(crate) struct Distinct {
    out: String,
    /// Open addressing: where a word lies in `out`, and in which text it was entered.
    table: Vec<Slot>,
    round: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    round: u32,
    hash: u32,
    start: u32,
    len: u32,
}

/// Twice the most words 8 KiB can hold (two letters and a space each), rounded up.
const SLOTS: usize = 8192;

impl Distinct {
    pub(crate) fn new() -> Self {
        Self { out: String::new(), table: vec![Slot::default(); SLOTS], round: 0 }
    }

    /// The distinct words of `text`'s beginning, with a space between.
    pub(crate) fn of(&mut self, text: &str) -> &str {
        self.out.clear();
        if self.round == u32::MAX {
            self.table.fill(Slot::default());
            self.round = 0;
        }
        self.round += 1;
        let end = text.floor_char_boundary(INDEXED_BYTES);
        each_word(text.get(..end).unwrap_or(text), |word| self.enter(word));
        &self.out
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::indexing_slicing,
        reason = "offsets within 24 KiB; the index is masked by the table's size"
    )]
    fn enter(&mut self, word: &str) {
        let hash = hash(word.as_bytes());
        let mut at = hash as usize;
        loop {
            let slot = &mut self.table[at & (SLOTS - 1)];
            if slot.round != self.round {
                *slot = Slot {
                    round: self.round,
                    hash,
                    start: self.out.len() as u32,
                    len: word.len() as u32,
                };
                self.out.push_str(word);
                self.out.push(' ');
                return;
            }
            let start = slot.start as usize;
            if slot.hash == hash
                && slot.len as usize == word.len()
                && self.out.as_bytes()[start..].starts_with(word.as_bytes())
            {
                return;
            }
            at = at.wrapping_add(1);
        }
    }
}

/// FNV-1a with a final mix: words are short, and the table is ours alone.
fn hash(bytes: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    for byte in bytes {
        hash = (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    hash ^ (hash >> 15)
}

/// Calls `f` with every word of `text`, repeated ones too. Words of a single ASCII character
/// are left out.
pub(crate) fn each_word(text: &str, mut f: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut word = [0_u8; LONGEST];
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        if byte.is_ascii_alphanumeric() {
            let mut len = 0;
            while let Some(&byte) = bytes.get(i) {
                if !byte.is_ascii_alphanumeric() {
                    break;
                }
                if let Some(cell) = word.get_mut(len) {
                    *cell = byte.to_ascii_lowercase();
                    len += 1;
                }
                i += 1;
            }
            let mixed = bytes.get(i).is_some_and(|byte| !byte.is_ascii());
            if !mixed {
                if len > 1
                    && let Some(Ok(word)) = word.get(..len).map(str::from_utf8)
                {
                    f(word);
                }
                continue;
            }
            // The run goes on in another script: take it from its start, slowly.
            while i > 0 && bytes.get(i - 1).is_some_and(u8::is_ascii_alphanumeric) {
                i -= 1;
            }
            i += other_run(text.get(i..).unwrap_or_default(), &mut f);
        } else if byte.is_ascii() {
            i += if byte == b'[' { mask(text.get(i..).unwrap_or_default(), &mut f) } else { 1 };
        } else {
            i += other_run(text.get(i..).unwrap_or_default(), &mut f);
        }
    }
}

/// A mask at the start of `text`: its type's words. Gives the bytes to go on by.
fn mask(text: &str, f: &mut impl FnMut(&str)) -> usize {
    let Some(inside) = text.strip_prefix("[[vigil:") else { return 1 };
    let Some((inside, _)) = inside.split_once("]]").filter(|(inside, _)| inside.len() < 200) else {
        return 1;
    };
    let kind = inside.split(':').next().unwrap_or_default();
    for part in kind.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| part.len() > 1) {
        f(&part.to_ascii_lowercase());
    }
    "[[vigil:".len() + inside.len() + 2
}

/// A run of letters and digits with characters beyond ASCII at the start of `text`. Gives its
/// length in bytes, at least that of one character.
fn other_run(text: &str, f: &mut impl FnMut(&str)) -> usize {
    let mut word = String::new();
    let mut last: Option<(char, bool)> = None;
    let mut length = 0;
    for c in text.chars() {
        if !c.is_alphanumeric() {
            break;
        }
        length += c.len_utf8();
        if is_unspaced(c) {
            if !word.is_empty() {
                f(&word);
                word.clear();
            }
            if let Some((before, _)) = last {
                f(&String::from_iter([before, c]));
            }
            last = Some((c, last.is_some()));
        } else {
            alone(last.take(), f);
            if word.len() < LONGEST {
                word.extend(c.to_lowercase());
            }
        }
    }
    if !word.is_empty() {
        f(&word);
    }
    alone(last, f);
    length.max(text.chars().next().map_or(1, char::len_utf8))
}

/// A single character of an unspaced script is a word when it had no neighbour to pair with.
fn alone(last: Option<(char, bool)>, f: &mut impl FnMut(&str)) {
    if let Some((c, false)) = last {
        f(c.encode_utf8(&mut [0; 4]));
    }
}

/// Scripts that do not put spaces between words: Chinese, Japanese, Thai and neighbours.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests;
