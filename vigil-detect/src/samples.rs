//! Random values of every rule, made at test time from the rule's own shape. No secret stands in
//! the source.

use crate::{
    class::{ALNUM, BASE64, Class, HEX, LOWER, LOWER_NUM, UPPER_NUM, URL64},
    engine::Engine,
    mask::FingerprintKey,
    rule::{Matcher, Rule},
    shape::Part,
};

/// An engine with a fixed key.
pub(crate) fn engine() -> Engine {
    Engine::new(FingerprintKey::from_bytes([7; 32]))
}

/// The rules whose values have a form of their own.
pub(crate) fn with_form() -> impl Iterator<Item = &'static Rule> {
    Rule::all().filter(|rule| !rule.anchors.is_empty())
}

/// A stream of random bytes (xorshift) from a seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    pub(crate) fn run(&mut self, class: Class, len: usize) -> String {
        let alphabet: Vec<u8> = (0..=127).filter(|byte| class.has(*byte)).collect();
        (0..len).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    fn part(&mut self, part: Part) -> String {
        match part {
            Part::Lit(text) => text.to_owned(),
            Part::Any(texts) => texts[self.below(texts.len())].to_owned(),
            Part::Run(class, min, max) => {
                let max = max.min(min + 20);
                let len = usize::from(min) + self.below(usize::from(max - min) + 1);
                self.run(class, len)
            }
        }
    }

    /// A text with one secret of `rule`: what stands before it, the secret, what stands after.
    pub(crate) fn sample(&mut self, rule: &Rule) -> (String, String, String) {
        let anchor = rule.anchors[self.below(rule.anchors.len())].to_owned();
        match (rule.name, &rule.matcher) {
            (_, Matcher::Shape { behind, ahead }) => {
                let before: String = behind.iter().rev().map(|part| self.part(*part)).collect();
                let after: String = ahead.iter().map(|part| self.part(*part)).collect();
                if rule.named {
                    (before + &anchor, after, String::new())
                } else {
                    (String::new(), before + &anchor + &after, String::new())
                }
            }
            ("aws_secret_key", _) if anchor.ends_with("IA") => {
                let id = anchor + &self.run(UPPER_NUM, 16);
                (id + ",", self.run(BASE64, 40), String::new())
            }
            ("aws_secret_key", _) => (anchor + " = \"", self.run(BASE64, 40), "\"".to_owned()),
            ("db_url", _) if anchor.starts_with("jdbc") => {
                let login = "jdbc:oracle:thin:svc/".to_owned();
                (login, self.run(URL64, 18), "@db.corp.test:1521/ORCL".to_owned())
            }
            ("db_url", _) => self.url("postgres"),
            ("call_password", _) => self.password("NetworkCredential(\"svc\", \"", "\")"),
            ("sql_password", _) => self.password("CREATE USER svc IDENTIFIED BY '", "';"),
            ("config_password", _) => self.password("requirepass ", "\n"),
            ("generic_api_key", _) => {
                let key = self.run(HEX, 39) + "a";
                ("flag.String(\"key\", \"".to_owned(), key, "\", \"the key\")".to_owned())
            }
            ("pgpass", _) => self.password("db.corp.test:5432:app:svc:", "\n"),
            ("said_password", _) => self.password("user: svc, pw: ", " if you need it"),
            ("session_cookie", _) => {
                ("Cookie: PHPSESSID=".to_owned(), self.run(LOWER_NUM, 26), "; a=b".to_owned())
            }
            ("http_token", _) => {
                ("Authorization: ApiKey ".to_owned(), self.run(ALNUM, 40), "\n".to_owned())
            }
            ("azure_sas", _) => {
                let address = "https://a.blob.core.windows.net/c?sv=2022-11-02&sig=".to_owned();
                (address, self.run(ALNUM, 42) + "%3D", "&sp=r".to_owned())
            }
            ("putty_key", _) => {
                let lines: Vec<String> = (0..3).map(|_| self.run(BASE64, 64)).collect();
                let head = "Encryption: none\nPrivate-Lines: 3\n".to_owned();
                (head, lines.join("\n"), "\nPrivate-MAC: 00\n".to_owned())
            }
            ("seed_phrase", _) => {
                let words: Vec<String> = (0..12).map(|_| self.run(LOWER, 5)).collect();
                ("seed phrase: ".to_owned(), words.join(" "), "\n".to_owned())
            }
            ("basic_auth_url", _) => self.url("https"),
            ("command_password", _) => {
                ("sshpass -p '".to_owned(), self.run(ALNUM, 15) + "7aB", "' ssh".to_owned())
            }
            ("private_key", _) => (String::new(), self.pem("\n"), "\n".to_owned()),
            ("gcp_service_account", _) => (
                "{\"type\":\"service_account\",\"private_key\":\"".to_owned(),
                self.pem("\\n"),
                "\\n\"}".to_owned(),
            ),
            (name, _) => panic!("no sample of {name}"),
        }
    }

    fn password(&mut self, before: &str, after: &str) -> (String, String, String) {
        (before.to_owned(), self.run(ALNUM, 12) + "7aB", after.to_owned())
    }

    fn url(&mut self, scheme: &str) -> (String, String, String) {
        (format!("{scheme}://svc:"), self.run(URL64, 18), "@db.corp.test/prod".to_owned())
    }

    pub(crate) fn pem(&mut self, line_end: &str) -> String {
        let lines: Vec<String> = (0..3).map(|_| self.run(BASE64, 64)).collect();
        let label = ["PRIVATE", "KEY-----"].join(" ");
        [format!("-----BEGIN {label}"), lines.join(line_end), format!("-----END {label}")]
            .join(line_end)
    }
}
