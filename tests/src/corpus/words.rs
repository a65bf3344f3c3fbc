//! Words, code and listings, drawn by a fixed generator.

use std::fmt::Write as _;

use super::Turn;

/// The parts that words are made of.
const PARTS: [&str; 12] =
    ["ar", "be", "con", "da", "el", "fil", "gro", "in", "lo", "no", "ser", "ti"];

/// Draws texts; the same seed draws the same ones.
#[derive(Clone, Debug)]
pub struct Words(u64);

/// What agents install, for the most part.
const INSTALLS: &[&str] = &[
    "npm install lodash",
    "pip install requests",
    "cargo add serde --features derive",
    "cd web && npm install --save-dev typescript vite",
    "python3 -m pip install -r requirements.txt",
    "uv add httpx",
    "apt-get install -y jq",
    "pip install requets",
];

impl Words {
    /// A generator of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        // xorshift64: good enough to draw words with.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound.max(1)
    }

    /// So many of these letters.
    pub(super) fn letters(&mut self, letters: &[u8], len: usize) -> String {
        let bound = u64::try_from(letters.len()).unwrap_or(u64::MAX);
        let one = |_| usize::try_from(self.below(bound)).ok().and_then(|at| letters.get(at));
        (0..len).filter_map(one).map(|letter| char::from(*letter)).collect()
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// A word of two parts, of which some are used far more than others.
    fn word(&mut self, out: &mut String) {
        for _ in 0..2 {
            let part = self.below(12).min(self.below(12));
            out.push_str(PARTS.get(usize::try_from(part).unwrap_or(0)).copied().unwrap_or("ar"));
        }
    }

    /// So many words with a space between.
    pub fn words(&mut self, count: u64) -> String {
        let mut out = String::new();
        for n in 0..count {
            if n > 0 {
                out.push(' ');
            }
            self.word(&mut out);
        }
        out
    }

    fn code(&mut self, count: u64) -> String {
        let mut out = String::new();
        for n in 1..=count {
            let indent = usize::try_from(4 * self.below(4)).unwrap_or(0);
            let _ = write!(out, "{n:>6}\t{:indent$}let ", "");
            self.word(&mut out);
            let _ = write!(out, "_{n} = ");
            self.word(&mut out);
            let number = self.below(10_000);
            let arguments = self.between(1, 4);
            let _ = writeln!(out, "({number}, \"{}\");", self.words(arguments));
        }
        out
    }

    fn output(&mut self, count: u64) -> String {
        let mut out = String::new();
        for _ in 0..count {
            let words = self.between(4, 14);
            out.push_str(&self.words(words));
            out.push('\n');
        }
        out
    }

    /// A turn of usual size.
    pub fn turn(&mut self) -> Turn {
        let (prompt, answer) = (self.between(6, 60), self.between(8, 50));
        let is_code = self.below(3) > 0;
        let output = if is_code {
            let lines = self.between(20, 260);
            self.code(lines)
        } else {
            let lines = self.between(2, 60);
            self.output(lines)
        };
        // Now and then something is installed; which, and when, takes nothing from the numbers that
        // everything else is made of.
        let (often, which) = (output.len() % 12, output.len() / 12 % INSTALLS.len());
        let (prompt, answer) = (self.words(prompt), self.words(answer));
        let looked_at = format!("cat src/{}", self.words(1));
        let command = match INSTALLS.get(which) {
            Some(install) if often == 0 => (*install).to_owned(),
            _ => looked_at,
        };
        Turn { prompt, answer, command, output }
    }
}
