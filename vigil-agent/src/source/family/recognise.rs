//! Agents by the program that a process runs: its file and its arguments. Never by its name for
//! itself, which is `node` for some and `MainThread` for another, and which any program may take.
//!
//! Only programs that are agents and nothing else are in the table. An editor with an agent in it
//! is not: what runs in its terminals is its user's as well.

/// How a client's program is told from all others.
#[derive(Debug)]
struct Client {
    /// The client's word in every event.
    word: &'static str,
    /// Names of its native program; also the name it must have been called by.
    native: &'static [&'static str],
    /// Parts of the path of a program of its own, whatever that is called by.
    within: &'static [&'static str],
    /// The package that its script lies in, for an interpreter.
    packages: &'static [&'static str],
    /// Names of its script in a folder of programs (`bin`, `.bin`, `Scripts`).
    scripts: &'static [&'static str],
    /// What it writes over its arguments, all of them, while an interpreter runs it.
    titles: &'static [&'static str],
}

/// Every client that is known. Sources: the published packages of each, as installed.
const CLIENTS: &[Client] = &[
    Client {
        word: "claude-code",
        native: &["claude", "claude.exe"],
        within: &[],
        packages: &["@anthropic-ai/claude-code"],
        scripts: &["claude"],
        titles: &["claude"],
    },
    Client {
        word: "codex",
        native: &["codex"],
        within: &[],
        packages: &["@openai/codex"],
        scripts: &["codex"],
        titles: &[],
    },
    Client {
        word: "gemini-cli",
        native: &[],
        within: &[],
        packages: &["@google/gemini-cli"],
        scripts: &["gemini"],
        titles: &[],
    },
    Client {
        word: "qwen-code",
        native: &[],
        within: &[],
        packages: &["@qwen-code/qwen-code"],
        scripts: &["qwen"],
        titles: &[],
    },
    Client {
        word: "opencode",
        native: &["opencode", "opencode.exe"],
        within: &[],
        packages: &["opencode-ai"],
        scripts: &["opencode"],
        titles: &[],
    },
    Client {
        word: "copilot-cli",
        native: &[],
        within: &["/@github/copilot-linux-", "/@github/copilot-darwin-", "/copilot/pkg/"],
        packages: &["@github/copilot"],
        scripts: &["copilot"],
        titles: &[],
    },
    Client {
        word: "pi",
        native: &[],
        within: &[],
        packages: &["@mariozechner/pi-coding-agent", "@earendil-works/pi-coding-agent"],
        scripts: &["pi"],
        titles: &["pi"],
    },
    Client {
        word: "aider",
        native: &[],
        within: &[],
        packages: &["site-packages/aider"],
        scripts: &["aider"],
        titles: &[],
    },
    Client {
        word: "cursor-agent",
        native: &[],
        within: &["/cursor-agent/versions/"],
        packages: &[],
        scripts: &[],
        titles: &[],
    },
];

/// Programs that run a script named in their arguments.
const INTERPRETERS: &[&str] = &["node", "nodejs", "bun", "deno", "python", "pypy"];
/// Folders that hold programs by their names.
const PROGRAM_FOLDERS: &[&str] = &["bin", ".bin", "Scripts"];
/// Options of interpreters that take the next argument.
const WITH_VALUE: &[&str] = &["-r", "--require", "--import", "--loader", "-C", "-W", "-X"];
/// What Linux adds to the path of a program whose file is gone, as after an update.
const DELETED: &str = " (deleted)";

/// The arguments of a vector in which each is ended by a zero byte. What is no UTF-8 is replaced.
pub fn arguments(argv: &[u8]) -> Vec<String> {
    let argv = argv.strip_suffix(&[0]).unwrap_or(argv);
    if argv.is_empty() {
        return Vec::new();
    }
    argv.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// The client whose agent a process is that runs the file `exe` with the arguments `argv` (each
/// ended by a zero byte). The arguments must be known. An empty `exe` is a file that the kernel
/// names to nobody, as of a process that lets nobody look at it: then it is what it says it is.
pub fn recognise(exe: &[u8], argv: &[u8]) -> Option<&'static str> {
    let exe = str::from_utf8(exe).ok()?;
    let exe = exe.strip_suffix(DELETED).unwrap_or(exe);
    let arguments = arguments(argv);
    let (called, rest) = arguments.split_first()?;
    let exe = if exe.is_empty() { called } else { exe };
    let client = if is_interpreter(name(exe)) {
        let script = script(rest);
        let is_title = rest.iter().all(String::is_empty);
        CLIENTS.iter().find(|client| {
            client.is_within(exe)
                || script.is_some_and(|script| client.runs(script))
                || (is_title && client.titles.contains(&called.as_str()))
        })
    } else {
        CLIENTS.iter().find(|client| client.is_within(exe) || client.is_native(exe, called))
    };
    client.map(|client| client.word)
}

impl Client {
    fn is_within(&self, exe: &str) -> bool {
        self.within.iter().any(|part| exe.contains(part))
    }

    /// One file may be several programs, told apart by what it is called by: Claude Code is also
    /// its own `rg`, and Codex its own sandbox.
    fn is_native(&self, exe: &str, called: &str) -> bool {
        self.native.contains(&name(called))
            && (self.native.contains(&name(exe)) || self.native.iter().any(|n| is_version(exe, n)))
    }

    fn runs(&self, script: Script<'_>) -> bool {
        match script {
            Script::Module(module) => self.scripts.contains(&module),
            Script::File(file) => {
                let mut folders = file.rsplit('/');
                let is_program = folders.next().is_some_and(|name| self.scripts.contains(&name))
                    && folders.next().is_some_and(|folder| PROGRAM_FOLDERS.contains(&folder));
                is_program || self.packages.iter().any(|package| has_folder(file, package))
            }
        }
    }
}

/// What an interpreter runs.
#[derive(Clone, Copy, Debug)]
enum Script<'a> {
    File(&'a str),
    /// `python -m NAME`.
    Module(&'a str),
}

/// The script among an interpreter's arguments: the first one that is no option of its own.
fn script(arguments: &[String]) -> Option<Script<'_>> {
    let mut rest = arguments.iter().map(String::as_str);
    loop {
        match rest.next()? {
            "-m" => return rest.next().map(Script::Module),
            "-c" | "-e" | "-p" | "--eval" | "--print" => return None,
            "--" => return rest.next().map(Script::File),
            option if WITH_VALUE.contains(&option) => drop(rest.next()),
            option if option.starts_with('-') => {}
            file => return Some(Script::File(file)),
        }
    }
}

fn is_interpreter(name: &str) -> bool {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    INTERPRETERS.contains(&bare)
}

/// Whether `exe` is a version that a client's own installer keeps: `.../claude/versions/2.1.330`.
fn is_version(exe: &str, client: &str) -> bool {
    let mut folders = exe.rsplit('/');
    let is_number = |name: &str| name.starts_with(|c: char| c.is_ascii_digit());
    folders.next().is_some_and(is_number)
        && folders.next() == Some("versions")
        && folders.next() == Some(client)
}

/// Whether the folders of `package` stand one after the other in `path`, above a file.
fn has_folder(path: &str, package: &str) -> bool {
    path.match_indices(package).any(|(at, _)| {
        let (before, after) = (path.get(..at), path.get(at + package.len()..));
        before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
            && after.is_some_and(|after| after.starts_with('/'))
    })
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
