//! Secrets to plant in conversations: made when a test runs, and no two alike.

use super::Words;

/// A value that must be found, and must not be found at rest.
#[derive(Clone, Debug)]
pub struct Planted {
    /// As it is said.
    pub text: String,
    /// The part of it that is secret.
    pub secret: String,
    /// The group of its rule.
    pub group: &'static str,
}

const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const DIGITS: &[u8] = b"0123456789";

/// So many, of twelve types in turn.
pub fn secrets(count: usize) -> Vec<Planted> {
    let mut words = Words::new(146);
    (0..count).map(|number| planted(number, &mut words)).collect()
}

fn planted(number: usize, words: &mut Words) -> Planted {
    let mut run = |letters: &[u8], len: usize| words.letters(letters, len);
    let (group, before, secret, after) = match number % 12 {
        0 => ("vcs", "", ["gh", "p_", &run(ALNUM, 36)].concat(), ""),
        1 => ("cloud", "", ["AK", "IA", &run(BASE32, 16)].concat(), ""),
        2 => ("ai", "", ["sk-", "ant-api03-", &run(ALNUM, 93), "AA"].concat(), ""),
        3 => ("ai", "", ["sk-", "proj-", &run(ALNUM, 120)].concat(), ""),
        4 => {
            let parts = [run(DIGITS, 12), run(DIGITS, 12), run(ALNUM, 24)];
            ("comm", "", ["xo", "xb-", &parts.join("-")].concat(), "")
        }
        5 => ("ai", "", ["AI", "za", &run(ALNUM, 35)].concat(), ""),
        6 => ("registry", "", ["np", "m_", &run(ALNUM, 36)].concat(), ""),
        7 => ("payment", "", ["sk_", "live_", &run(ALNUM, 24)].concat(), ""),
        8 => ("vcs", "", ["gl", "pat-", &run(ALNUM, 20)].concat(), ""),
        9 => {
            let lines = [run(ALNUM, 64), run(ALNUM, 64)].join("\n");
            let label = ["PRIVATE", "KEY-----"].join(" ");
            let key = format!("-----BEGIN {label}\n{lines}\n-----END {label}");
            ("keys", "", key, "")
        }
        10 => ("db", "postgres://svc:", run(ALNUM, 20), "@db.corp.test:5432/prod"),
        _ => ("generic", "DB_PASSWORD=", run(ALNUM, 18) + "7x", ""),
    };
    Planted { text: [before, &secret, after].concat(), secret, group }
}
