//! What commands write, as far as it matters to what reads it: text that is known, or what was
//! fetched from an address.

use std::rc::Rc;

use super::{
    expand::Arg,
    options::{self, Opt},
    run::{Call, Run},
};

/// Longest text that is followed through pipes, in bytes.
const LONGEST: usize = 1 << 18;

/// What a command writes.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    /// The text, where it is known.
    pub(super) text: Option<Rc<str>>,
    /// The addresses it was fetched from.
    pub(super) urls: Vec<String>,
    /// True for what was fetched from an address that is not known.
    pub(super) fetched: bool,
}

impl Flow {
    pub(super) fn nothing() -> Self {
        Self::text(String::new())
    }

    pub(super) fn text(text: String) -> Self {
        Self { text: Some(text.into()), urls: Vec::new(), fetched: false }
    }

    /// Adds what is written after it.
    pub(super) fn then(&mut self, other: Self) {
        self.text = match (self.text.take(), other.text) {
            (Some(text), Some(more)) if more.is_empty() => Some(text),
            (Some(text), Some(more)) if text.is_empty() => Some(more),
            (Some(text), Some(more)) if text.len() + more.len() <= LONGEST => {
                Some([text.as_ref(), more.as_ref()].concat().into())
            }
            _ => None,
        };
        self.urls.extend(other.urls);
        self.urls.truncate(64);
        self.fetched |= other.fetched;
    }

    /// The same after something changed its text.
    pub(super) fn changed(mut self) -> Self {
        self.text = None;
        self
    }

    /// True where something is known of it.
    pub(super) fn is_fetched(&self) -> bool {
        self.fetched || !self.urls.is_empty()
    }
}

const fn takes(names: &'static str) -> Opt {
    Opt::value(names)
}

const CURL: &[Opt] = &[
    Opt::is("-O --remote-name -J --remote-name-all", options::Does::Nothing),
    takes("-o --output"),
    takes("--url"),
    takes("--output-dir"),
    takes(
        "-A --user-agent -b --cookie -c --cookie-jar -d --data --data-raw --data-binary --data-urlencode",
    ),
    takes(
        "-e --referer -E --cert --key --cacert --capath -F --form -H --header -m --max-time -u --user",
    ),
    takes(
        "-x --proxy -X --request -w --write-out -T --upload-file -r --range -K --config -C --continue-at",
    ),
    takes(
        "--connect-timeout --retry --retry-delay --retry-max-time --resolve --interface --limit-rate -Y -y",
    ),
    takes(
        "--proto --proto-default --proto-redir --tls-max --ciphers --max-redirs --max-filesize --json -z --time-cond",
    ),
    takes(
        "--dns-servers --doh-url --noproxy --proxy-user -U --oauth2-bearer --aws-sigv4 --unix-socket --stderr --trace",
    ),
];
const WGET: &[Opt] = &[
    takes("-O --output-document"),
    takes("-P --directory-prefix"),
    takes(
        "-o --output-file -a --append-output -t --tries -T --timeout -U --user-agent -e --execute -i --input-file",
    ),
    takes(
        "--header --post-data --post-file --method --body-data --user --password --ca-certificate -w --wait -Q --quota",
    ),
    takes(
        "--connect-timeout --read-timeout --dns-timeout --secure-protocol --limit-rate --load-cookies --referer -l --level -A -R -D --progress",
    ),
];
const HTTP: &[Opt] = &[
    Opt::is("-d --download", options::Does::Nothing),
    takes("-o --output"),
    takes(
        "-a --auth -A --auth-type --verify --cert --cert-key --timeout --proxy -s --style -p --print --session --max-redirects --format-options -P --pretty",
    ),
];
const FETCH: &[Opt] = &[takes("-o"), takes("-T -w -B -S -i -N --user-agent")];
const ARIA: &[Opt] = &[
    takes("-o --out"),
    takes("-d --dir"),
    takes(
        "-x -s -j -k -i -l --max-connection-per-server --split --header --user-agent --checksum -t --timeout -m --max-tries",
    ),
];

impl Run {
    /// What a program that only reads and writes would write; none for other programs.
    pub(super) fn writes(&mut self, name: &str, call: Call<'_>) -> Option<Flow> {
        let input = || call.input.cloned().unwrap_or_default();
        Some(match name {
            "echo" => echo(call),
            "printf" => printf(call),
            "cat" | "tac" | "bat" | "gcat" | "less" | "more" => self.cat(call),
            "curl" | "xh" => self.fetches(call, CURL, Fetch::Shown),
            "wget" | "wget2" => self.fetches(call, WGET, Fetch::Saved),
            "http" | "https" | "httpie" => self.fetches(call, HTTP, Fetch::Shown),
            "fetch" => self.fetches(call, FETCH, Fetch::Saved),
            "aria2c" => self.fetches(call, ARIA, Fetch::Saved),
            "lynx" | "w3m" | "links" => self.fetches(call, &[], Fetch::Shown),
            "base64" | "gbase64" | "basenc" | "openssl" => {
                decoded(self.taken(call), call, decode_base64)
            }
            "xxd" => decoded(self.taken(call), call, decode_hex),
            "rev" => {
                let flow = self.taken(call);
                let text = flow.text.as_ref().map(|text| {
                    text.lines()
                        .map(|line| line.chars().rev().chain(['\n']).collect::<String>())
                        .collect::<String>()
                        .into()
                });
                Flow { text, ..flow }
            }
            "tee" => {
                let flow = input();
                for file in call.args.iter().skip(1).filter(|arg| !arg.text.starts_with('-')) {
                    self.save(&file.text, flow.clone());
                }
                flow
            }
            "head" | "tail" | "sort" | "uniq" | "pv" | "sponge" | "unbuffer" | "dos2unix" => {
                input()
            }
            "tr" => {
                let flow = self.taken(call);
                let text = flow.text.as_deref().and_then(|text| translated(text, call));
                Flow { text: text.map(Rc::from), ..flow }
            }
            "awk" | "gawk" | "mawk" => {
                for code in call.args.iter().skip(1).filter(|arg| arg.text.contains("system(")) {
                    self.code(&code.text, call);
                }
                input().changed()
            }
            "sed" | "gsed" | "grep" | "egrep" | "fgrep" | "rg" | "cut" | "gunzip" | "gzip"
            | "zcat" | "gzcat" | "bunzip2" | "bzcat" | "xz" | "unxz" | "xzcat" | "zstd"
            | "zstdcat" | "unzstd" | "gpg" | "fold" | "fmt" | "iconv" | "nl" | "paste"
            | "envsubst" | "funzip" | "brotli" | "lz4" | "uudecode" | "jq" | "yq" | "column" => {
                input().changed()
            }
            "which" | "where" => Flow::text(said(call, 1)),
            "true" | ":" | "false" | "cd" | "pushd" | "popd" | "mkdir" | "rm" | "ls" | "test"
            | "[" | "[[" | "((" | "set" | "shopt" | "sleep" | "wait" | "touch" | "chmod"
            | "pwd" => Flow::default(),
            _ => return None,
        })
    }

    /// What it reads, to be changed; not known where that would be too much.
    fn taken(&mut self, call: Call<'_>) -> Flow {
        let flow = call.input.cloned().unwrap_or_default();
        match &flow.text {
            Some(text) if !self.spend(text.len()) => flow.changed(),
            _ => flow,
        }
    }

    fn cat(&self, call: Call<'_>) -> Flow {
        let mut files = call
            .args
            .iter()
            .skip(1)
            .filter(|arg| !arg.text.starts_with('-') || arg.text == "-")
            .peekable();
        if files.peek().is_none() {
            return call.input.cloned().unwrap_or_default();
        }
        let mut flow = Flow::nothing();
        for file in files {
            let read = match (&file.flow, file.text.as_ref()) {
                (Some(written), _) => (**written).clone(),
                (None, "-" | "/dev/stdin") => call.input.cloned().unwrap_or_default(),
                (None, name) => self.saved(name).cloned().unwrap_or_default(),
            };
            flow.then(read);
        }
        flow
    }

    fn fetches(&mut self, call: Call<'_>, table: &'static [Opt], how: Fetch) -> Flow {
        let words = options::words(call.args.get(1..).unwrap_or_default(), table);
        let (mut urls, mut unknown) = (Vec::new(), false);
        let (mut saved_as, mut folder, mut own_name) = (None, None, how == Fetch::Saved);
        for word in &words {
            match (word.option, &word.value) {
                ("-o" | "--output" | "-O" | "--output-document" | "--out", Some(value)) => {
                    saved_as = Some(value.text.clone());
                }
                ("--output-dir" | "-P" | "--directory-prefix" | "-d" | "--dir", Some(value)) => {
                    folder = Some(value.text.clone());
                }
                (
                    "-O" | "--remote-name" | "-J" | "-d" | "--download" | "--remote-name-all",
                    None,
                ) => own_name = true,
                ("" | "--url", Some(value)) => {
                    let text = value.text.as_ref();
                    if is_address(text) {
                        urls.push(if text.contains("://") {
                            text.to_owned()
                        } else {
                            format!("http://{text}")
                        });
                    } else if !value.known {
                        unknown = true;
                    }
                }
                _ => {}
            }
        }
        let name = urls.first().and_then(|url| file_name(url).map(str::to_owned));
        let flow = Flow { text: None, urls, fetched: unknown };
        // To the standard output, or its own file descriptor.
        if saved_as.as_deref() == Some("-")
            || saved_as.as_deref().is_some_and(|name| name.starts_with("/dev/"))
        {
            return flow;
        }
        let name = saved_as.map(std::borrow::Cow::into_owned).or_else(|| name.filter(|_| own_name));
        match name {
            Some(name) => {
                let path = folder.map_or_else(|| name.clone(), |folder| format!("{folder}/{name}"));
                self.save(&path, flow);
                Flow::nothing()
            }
            None if own_name => Flow::nothing(),
            None => flow,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fetch {
    /// What is fetched is written to the standard output.
    Shown,
    /// What is fetched becomes a file.
    Saved,
}

/// True for what a fetching program takes for an address.
pub(super) fn is_address(text: &str) -> bool {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.split(['/', '?']).next().unwrap_or_default();
    text.contains("://")
        || (host.contains('.') && !text.starts_with(['.', '/', '-', '$']) && !text.contains(' '))
}

fn file_name(url: &str) -> Option<&str> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.split(['?', '#']).next()?;
    path.split_once('/')?.1.rsplit('/').next().filter(|name| !name.is_empty())
}

fn said(call: Call<'_>, skip: usize) -> String {
    let mut text = String::new();
    for arg in call.args.iter().skip(skip).filter(|arg| !arg.text.starts_with('-')) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&arg.text);
    }
    text
}

fn known(args: &[Arg<'_>]) -> bool {
    args.iter().all(|arg| arg.known)
}

fn echo(call: Call<'_>) -> Flow {
    let mut args = call.args.get(1..).unwrap_or_default();
    let mut escapes = false;
    while let [first, rest @ ..] = args
        && matches!(first.text.as_ref(), "-n" | "-e" | "-E" | "-ne" | "-en")
    {
        escapes |= first.text.contains('e');
        args = rest;
    }
    if !known(args) {
        return Flow { urls: all_urls(args), ..Flow::default() };
    }
    let mut text = args.iter().map(|arg| arg.text.as_ref()).collect::<Vec<_>>().join(" ");
    if escapes {
        text = unescaped(&text);
    }
    text.push('\n');
    Flow::text(text)
}

fn all_urls(args: &[Arg<'_>]) -> Vec<String> {
    args.iter().filter_map(|arg| arg.flow.as_ref()).flat_map(|flow| flow.urls.clone()).collect()
}

fn printf(call: Call<'_>) -> Flow {
    let args = call.args.get(1..).unwrap_or_default();
    let args = if args.first().is_some_and(|arg| arg.text == "--") {
        args.get(1..).unwrap_or_default()
    } else {
        args
    };
    let Some((format, values)) = args.split_first() else { return Flow::nothing() };
    if !known(args) {
        return Flow { urls: all_urls(args), ..Flow::default() };
    }
    let format = unescaped(&format.text);
    let mut values = values.iter();
    let mut text = String::new();
    loop {
        let before = values.len();
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                text.push(c);
                continue;
            }
            match chars.next() {
                Some('s' | 'q' | 'd') => {
                    text.push_str(values.next().map_or("", |arg| arg.text.as_ref()));
                }
                Some('b') => text
                    .push_str(&values.next().map(|arg| unescaped(&arg.text)).unwrap_or_default()),
                Some('%') => text.push('%'),
                _ => return Flow::default(),
            }
        }
        if values.len() == 0 || values.len() == before {
            return Flow::text(text);
        }
    }
}

/// Text with the escapes that `echo -e` and `printf` know.
fn unescaped(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(b'r') => out.push(b'\r'),
            Some(b'x') => out.push(number(&mut bytes, 16, 2)),
            Some(b'0') => out.push(number(&mut bytes, 8, 3)),
            Some(digit @ b'1'..=b'7') => {
                let rest = number(&mut bytes, 8, 2);
                out.push(
                    (digit - b'0').wrapping_mul(if rest > 7 { 64 } else { 8 }).wrapping_add(rest),
                );
            }
            Some(other @ (b'\\' | b'"' | b'\'')) => out.push(other),
            Some(other) => out.extend([b'\\', other]),
            None => out.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn number(bytes: &mut std::iter::Peekable<std::str::Bytes<'_>>, radix: u32, most: usize) -> u8 {
    let mut value = 0_u32;
    for _ in 0..most {
        let Some(digit) = bytes.peek().and_then(|byte| char::from(*byte).to_digit(radix)) else {
            break;
        };
        value = value * radix + digit;
        bytes.next();
    }
    u8::try_from(value & 0xff).unwrap_or_default()
}

fn decoded(flow: Flow, call: Call<'_>, decode: fn(&str) -> Option<String>) -> Flow {
    let decodes = call.args.iter().any(|arg| {
        let text = arg.text.as_ref();
        text == "--decode"
            || text == "-r"
            || (text.starts_with('-') && !text.starts_with("--") && text.contains(['d', 'D', 'r']))
    });
    let text = flow.text.as_deref().filter(|_| decodes).and_then(decode);
    Flow { text: text.map(Rc::from), ..flow }
}

fn decode_base64(text: &str) -> Option<String> {
    String::from_utf8(decode_base64_bytes(text)?).ok()
}

/// The bytes that a text in base64 stands for.
pub(super) fn decode_base64_bytes(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut count) = (0_u32, 0_u32);
    let mut out = Vec::new();
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            c if c.is_ascii_whitespace() => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).unwrap_or_default());
        }
    }
    Some(out)
}

fn decode_hex(text: &str) -> Option<String> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let bytes = pairs
        .iter()
        .map(|[high, low]| u8::try_from(high * 16 + low).ok())
        .collect::<Option<_>>()?;
    String::from_utf8(bytes).ok()
}

/// What `tr` makes of a text.
fn translated(text: &str, call: Call<'_>) -> Option<String> {
    let sets: Vec<Vec<char>> = call
        .args
        .iter()
        .skip(1)
        .filter(|arg| !arg.text.starts_with('-') || arg.text.len() == 1)
        .map(|arg| characters(&arg.text))
        .collect();
    let deletes = call.args.iter().any(|arg| arg.text == "-d");
    match (sets.as_slice(), deletes) {
        ([away], true) => Some(text.chars().filter(|c| !away.contains(c)).collect()),
        ([from, to], false) => {
            let last = *to.last()?;
            let other = |c| match from.iter().position(|known| *known == c) {
                Some(at) => to.get(at).copied().unwrap_or(last),
                None => c,
            };
            Some(text.chars().map(other).collect())
        }
        _ => None,
    }
}

/// The characters of a set of `tr`, such as `a-zX`.
fn characters(set: &str) -> Vec<char> {
    let set = unescaped(set);
    let chars: Vec<char> = set.chars().take(256).collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(&end)) if c <= end && c.is_ascii() && end.is_ascii() => {
                out.extend(c..=end);
                at += 3;
            }
            _ => {
                out.push(c);
                at += 1;
            }
        }
    }
    out
}
