//! Code of other languages, looked through for calls of programs and of what fetches and runs. Not
//! a reader of these languages: texts in quotes, and the names of the calls around them.

use vigil_proto::package::{Package, PackageSource};

use super::super::{
    flow::Flow,
    run::{Call, Run, add_place},
    spec::is_url,
};

/// Calls that run a program, by the last part of their names.
const RUNNERS: &[&str] = &[
    "system",
    "popen",
    "Popen",
    "run",
    "call",
    "check_call",
    "check_output",
    "getoutput",
    "getstatusoutput",
    "exec",
    "execSync",
    "spawn",
    "spawnSync",
    "execFile",
    "execFileSync",
    "execa",
    "execaSync",
    "execaCommand",
    "shell_exec",
    "passthru",
    "proc_open",
    "execvp",
    "execv",
    "execlp",
    "spawnlp",
    "spawnvp",
    "posix_spawn",
    "main",
    "pip_main",
    "sh",
    "create_subprocess_shell",
    "create_subprocess_exec",
    "Command",
    "capture2",
    "capture2e",
    "capture3",
    "run_command",
    "execute",
    "get_ipython",
    "shell",
    "qx",
    "$",
    "pipmain",
    "_internal_main",
];
/// Calls that run a text of their own language.
const EVALS: &[&str] = &[
    "exec(",
    "eval(",
    "Function(",
    "compile(",
    "vm.run",
    "runInThisContext",
    "instance_eval",
    "source(",
    "eval ",
];
/// Calls that run a program and are told of where their words are not known.
const HIDING: &[&str] = &[
    "system",
    "popen",
    "Popen",
    "check_call",
    "check_output",
    "getoutput",
    "getstatusoutput",
    "execSync",
    "spawnSync",
    "execFileSync",
    "shell_exec",
    "passthru",
    "create_subprocess_shell",
];
/// Calls that fetch.
const FETCHES: &[&str] = &[
    "urlopen",
    "urllib",
    "requests.get",
    "httpx",
    "fetch(",
    "http.get",
    "https.get",
    "get(",
    "open-uri",
    "URI.open",
    "LWP",
    "file_get_contents",
    "urlretrieve",
    "Net::HTTP",
    "source(",
];
/// Calls of R and Julia that install, with whose names they take.
const INSTALLERS: &[(&str, &str, &str)] = &[
    ("install.packages", "R", "cran"),
    ("BiocManager::install", "R", "bioconductor"),
    ("install_github", "R", "github"),
    ("install_cran", "R", "cran"),
    ("pkg_install", "R", "cran"),
    ("renv::install", "R", "cran"),
    ("Pkg.add", "julia", "julia"),
    ("Pkg.develop", "julia", "julia"),
];

/// A call with the texts it is given.
struct Group<'t> {
    name: &'t str,
    texts: Vec<String>,
    /// True where it is given something.
    given: bool,
}

impl Run {
    /// Looks through a text.
    pub(in super::super) fn code(&mut self, code: &str, call: Call<'_>) {
        if !self.spend(code.len()) {
            self.out.hide("too-long", code);
            return;
        }
        let (groups, texts) = groups(code);
        if evaluates_unknown(code) {
            self.out.hide("eval", call.text);
        }
        for text in code.split("do shell script ").skip(1).take(16) {
            let text = text.trim_start_matches(['"', '\\']);
            let text = text.split(['"', '\\']).next().unwrap_or_default();
            self.script(text, call.place, None);
        }
        let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
        let imports = texts.iter().any(|text| is_url(text))
            && has(&["import(", "import ", "from \"http", "from 'http"])
            && has(&[
                "import(\"http",
                "import('http",
                "from \"http",
                "from 'http",
                "import \"http",
                "import 'http",
                "import(`http",
            ]);
        if imports || (has(EVALS) && has(FETCHES)) {
            let urls: Vec<String> = texts.into_iter().filter(|text| is_url(text)).collect();
            if !urls.is_empty() {
                self.fetched(
                    &Flow { text: None, urls, fetched: false },
                    call.place,
                    &["pipe-to-shell"],
                );
            }
        }
        for group in groups {
            self.group(group, code, call);
        }
    }

    fn group(&mut self, mut group: Group<'_>, code: &str, call: Call<'_>) {
        if let Some((_, manager, ecosystem)) =
            INSTALLERS.iter().find(|(name, ..)| group.name.ends_with(name))
        {
            for text in group.texts {
                let git = *ecosystem == "github";
                let mut flags = Vec::new();
                add_place(&mut flags, call.place);
                self.out.add(Package {
                    manager: (*manager).into(),
                    ecosystem: (*ecosystem).into(),
                    source: if git { PackageSource::Git } else { PackageSource::Registry },
                    url: git.then(|| text.clone()),
                    name: Some(text),
                    version: None,
                    flags,
                });
            }
            return;
        }
        let Some(first) = group.texts.first() else {
            let last = group.name.rsplit(['.', ':']).next().unwrap_or_default();
            if group.given
                && (HIDING.contains(&last)
                    || group.name == "subprocess.run"
                    || group.name == "subprocess.call")
            {
                self.out.hide("eval", call.text);
            }
            return;
        };
        let last = group.name.rsplit(['.', ':']).next().unwrap_or_default();
        if matches!(last, "main" | "pip_main" | "pipmain" | "_internal_main") {
            if code.contains("pip") && matches!(first.as_str(), "install" | "download" | "wheel") {
                group.texts.insert(0, "pip".to_owned());
                self.argv(&group.texts, call.place, call);
            }
        } else if first.contains(char::is_whitespace) {
            self.script(first, call.place, None);
        } else {
            self.argv(&group.texts, call.place, call);
        }
    }
}

/// The calls in a code that are of interest, and all its texts.
fn groups(code: &str) -> (Vec<Group<'_>>, Vec<String>) {
    let bytes = code.as_bytes();
    let byte = |at: usize| bytes.get(at).copied();
    let slice = |from: usize, to: usize| code.get(from..to).unwrap_or_default();
    let (mut done, mut all) = (Vec::new(), Vec::new());
    // In JavaScript these are texts, in Ruby and Perl they run.
    let runs_ticks = !["=>", "const ", "let ", "require("].iter().any(|word| code.contains(word));
    // The calls that are open, the innermost last: none for one that is of no interest.
    let mut open: Vec<Option<Group<'_>>> = Vec::new();
    let (mut at, mut word, mut before, mut bare) = (0, 0..0, b' ', false);
    while let Some(c) = byte(at) {
        match c {
            b'"' | b'\'' | b'`' => {
                let python = matches!(slice(word.start, word.end), "f" | "rf" | "fr" | "F")
                    && word.end == at;
                let triple = c != b'`' && byte(at + 1) == Some(c) && byte(at + 2) == Some(c);
                let from = at + if triple { 3 } else { 1 };
                let end = closing(bytes, from, c, triple);
                let text = unescaped(slice(from, end), python);
                // A named argument or an entry of an object is no word.
                let named = matches!(before, b'=' | b':') || byte(end + 1) == Some(b':');
                if !named && let Some(group) = open.iter_mut().rev().find_map(Option::as_mut) {
                    if group.texts.len() < 256 {
                        group.texts.push(text.clone());
                    }
                } else if open.is_empty()
                    && RUNNERS.contains(&slice(word.start, word.end))
                    && slice(word.end, at).trim().is_empty()
                {
                    // As Perl and Ruby have it, without parentheses.
                    open.push(Some(Group {
                        name: slice(word.start, word.end),
                        texts: vec![text.clone()],
                        given: true,
                    }));
                    bare = true;
                } else if c == b'`' && !named && runs_ticks {
                    // What Ruby and Perl run.
                    done.push(Group { name: "system", texts: vec![text.clone()], given: true });
                }
                if all.len() < 1024 {
                    all.push(text);
                }
                at = (end + if triple { 3 } else { 1 }).min(bytes.len());
                (before, word) = (c, at..at);
                continue;
            }
            b'(' => {
                let name = slice(word.start, word.end);
                let last = name.rsplit(['.', ':']).next().unwrap_or_default();
                let of_interest = word.end == at
                    && (RUNNERS.contains(&last)
                        || INSTALLERS.iter().any(|(known, ..)| name.ends_with(known)));
                if open.len() < 1024 {
                    open.push(of_interest.then(|| Group { name, texts: Vec::new(), given: false }));
                }
            }
            b')' => done
                .extend(open.pop().flatten().map(|group| Group { given: before != b'(', ..group })),
            b';' | b'\n' if bare => {
                done.extend(open.drain(..).flatten());
                bare = false;
            }
            b'#' if before == b'\n' => {
                at = memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default())
                    .map_or(bytes.len(), |end| at + end);
                continue;
            }
            c if c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'$' | b':') => {
                if word.end != at {
                    word = at..at;
                }
                word.end = at + 1;
                let name = slice(word.start, word.end);
                let program = match name {
                    "sys.executable" => Some("python"),
                    "process.execPath" => Some("node"),
                    _ => None,
                };
                if let Some(program) = program
                    && let Some(group) = open.iter_mut().rev().find_map(Option::as_mut)
                {
                    group.texts.push(program.to_owned());
                }
            }
            _ => {}
        }
        if !c.is_ascii_whitespace() || c == b'\n' {
            before = c;
        }
        at += 1;
    }
    done.extend(open.into_iter().flatten());
    (done, all)
}

/// True where a text is run as code that is not written there.
fn evaluates_unknown(code: &str) -> bool {
    ["eval", "exec", "Function"].iter().any(|call| {
        code.match_indices(call).take(64).any(|(at, _)| {
            let before = code.get(..at).unwrap_or_default();
            let after = code.get(at + call.len()..).unwrap_or_default();
            let joined =
                before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
            let of_all =
                ["builtins.", "globalThis.", "window."].iter().any(|all| before.ends_with(all));
            if joined && !of_all {
                return false;
            }
            let given = match after.strip_prefix('(') {
                Some(given) => given.trim_start(),
                // As Perl and Ruby have it.
                None if *call == "eval" && after.starts_with(' ') => {
                    let given = after.trim_start();
                    return given
                        .starts_with(|c: char| c.is_alphabetic() || matches!(c, '$' | '<' | '`'));
                }
                None => return false,
            };
            // A text of its own, or the declaration of a function.
            !given.is_empty() && !given.starts_with([')', '"', '\'', '`'])
        })
    })
}

fn closing(bytes: &[u8], from: usize, quote: u8, triple: bool) -> usize {
    let mut at = from;
    while let Some(c) = bytes.get(at) {
        match *c {
            b'\\' => at += 1,
            c if c == quote && (!triple || bytes.get(at + 1..at + 3) == Some(&[quote, quote])) => {
                return at;
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// The text in quotes; what is put into it stands as a variable.
fn unescaped(text: &str, formatted: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            '{' if formatted => out.push_str("${"),
            c => out.push(c),
        }
    }
    out
}

impl Run {
    /// A server's description, as agents are given it: `{"command": "npx", "args": [...]}`.
    pub(in super::super) fn description(&mut self, text: &str, call: Call<'_>) {
        if !self.spend(text.len()) {
            return;
        }
        let strings: Vec<&str> = text.split('"').skip(1).step_by(2).take(256).collect();
        let Some(at) = strings.iter().position(|string| *string == "command") else { return };
        let mut words: Vec<String> =
            strings.get(at + 1).map(|word| (*word).to_owned()).into_iter().collect();
        let list = text
            .split_once("\"args\"")
            .and_then(|(_, rest)| rest.split_once('['))
            .and_then(|(_, rest)| rest.split_once(']'));
        if let Some((list, _)) = list {
            words.extend(list.split('"').skip(1).step_by(2).take(256).map(str::to_owned));
        }
        self.argv(&words, call.place, call);
    }
}
