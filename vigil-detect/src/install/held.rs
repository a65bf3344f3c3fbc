//! Options and variables whose values are commands: `git -c core.pager=`, `ssh -o ProxyCommand=`,
//! `EDITOR`. Each is read as a command, so that an ordinary one tells of nothing.

use super::{
    expand::{Arg, Value},
    flow::Flow,
    inline::Language,
    run::{At, Call, Place, Run},
};

/// Variables whose value is a command.
const COMMANDS: &[&str] = &[
    "EDITOR",
    "VISUAL",
    "PAGER",
    "MANPAGER",
    "SYSTEMD_PAGER",
    "SUDO_EDITOR",
    "PROMPT_COMMAND",
    "LESSOPEN",
    "LESSCLOSE",
    "RSYNC_RSH",
    "RUSTC_WRAPPER",
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_PAGER",
    "GIT_EXTERNAL_DIFF",
    "GIT_PROXY_COMMAND",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
];
/// Variables whose value is a file that a shell runs.
const FILES: &[&str] = &["BASH_ENV", "ENV"];

/// What the value of an option is.
#[derive(Clone, Copy)]
enum Is {
    /// A command.
    Command,
    /// A command after `!` or `shell`, else words of the program.
    After,
    /// A setting, whose value is a command for some.
    Setting,
}

const GIT: &[(&str, Is)] = &[
    ("-c", Is::Setting),
    ("--tree-filter", Is::Command),
    ("--index-filter", Is::Command),
    ("--msg-filter", Is::Command),
    ("--env-filter", Is::Command),
    ("--commit-filter", Is::Command),
    ("--parent-filter", Is::Command),
    ("--tag-name-filter", Is::Command),
    ("--setup", Is::Command),
    ("--upload-pack", Is::Command),
    ("--receive-pack", Is::Command),
    ("--extcmd", Is::Command),
];
const SSH: &[(&str, Is)] = &[("-o", Is::Setting), ("--ssh", Is::Command)];
const RSYNC: &[(&str, Is)] =
    &[("-e", Is::Command), ("--rsh", Is::Command), ("--rsync-path", Is::Command)];
const TAR: &[(&str, Is)] = &[
    ("--checkpoint-action", Is::Setting),
    ("--to-command", Is::Command),
    ("-I", Is::Command),
    ("--use-compress-program", Is::Command),
    ("-F", Is::Command),
    ("--info-script", Is::Command),
    ("--new-volume-script", Is::Command),
    ("--rsh-command", Is::Command),
];
const VIM: &[(&str, Is)] = &[("-c", Is::After), ("--cmd", Is::After)];
const GDB: &[(&str, Is)] = &[
    ("-ex", Is::After),
    ("--ex", Is::After),
    ("-iex", Is::After),
    ("--eval-command", Is::After),
    ("-o", Is::After),
];
const MAN: &[(&str, Is)] = &[("-P", Is::Command), ("--pager", Is::Command)];
const ZIP: &[(&str, Is)] = &[("-TT", Is::Command), ("--unzip-command", Is::Command)];
const SPLIT: &[(&str, Is)] = &[("--filter", Is::Command)];

/// Ends of the names of settings of git, ssh and tar that hold a command.
const SETTINGS: &[&str] = &[
    "pager",
    "editor",
    "sshcommand",
    "fsmonitor",
    "external",
    "program",
    "textconv",
    "driver",
    "clean",
    "smudge",
    "process",
    "command",
    "cmd",
    "askpass",
    "gitproxy",
    "exec",
];

impl Run {
    /// Follows a variable whose value is a command, or a file that is run.
    pub(super) fn holds(&mut self, name: &str, value: &Arg<'_>, place: Place) {
        let text = value.text.trim();
        if COMMANDS.contains(&name) {
            self.held(value, text.trim_start_matches('|'), place);
        } else if FILES.contains(&name) && (text.contains('/') || name != "ENV") {
            if text.is_empty() || text == "/dev/null" {
                return;
            }
            let flow = value.flow.as_deref().cloned();
            let flow = flow.or_else(|| self.saved(text).cloned()).unwrap_or_default();
            let call = Call { args: &[], settings: &[], input: None, place, text };
            let flags = &["download-then-run", "pipe-to-shell"];
            self.feed(&flow, call, Language::Shell, flags, "script-file");
        }
    }

    /// The same of a variable that was set just now.
    pub(super) fn holds_assigned(&mut self, name: &str, at: At<'_>) {
        if !COMMANDS.contains(&name) && !FILES.contains(&name) {
            return;
        }
        let Some(Value { all, unknown, flow, .. }) = self.lookup(name) else { return };
        let text = all.into_iter().next();
        let known = !unknown && text.is_some();
        let text = text.unwrap_or_else(|| "$".to_owned() + name);
        self.holds(name, &Arg { text: text.into(), known, flow }, at.place);
    }

    fn held(&mut self, value: &Arg<'_>, text: &str, place: Place) {
        if let Some(flow) = value.flow.as_deref().filter(|flow| flow.is_fetched()) {
            self.fetched(flow, place, &["pipe-to-shell"]);
        } else if value.hides(text) && (text.contains(['`', '<']) || text.contains("$(")) {
            // What runs for its output has run already.
            self.out.hide("eval", text);
        } else {
            self.script(text, place, None);
        }
    }

    /// Follows the options of a program that hold commands.
    pub(super) fn holds_options(&mut self, name: &str, call: Call<'_>) {
        let table: &[(&str, Is)] = match name {
            "git" => GIT,
            "ssh" | "scp" | "sftp" | "autossh" | "mosh" => SSH,
            "rsync" => RSYNC,
            "tar" | "gtar" | "bsdtar" => TAR,
            "vim" | "vi" | "nvim" | "ex" | "view" | "gvim" => VIM,
            "gdb" | "lldb" => GDB,
            "man" => MAN,
            "zip" => ZIP,
            "split" => SPLIT,
            "sed" | "gsed" => return self.sed(call),
            "crontab" => return self.crontab(call),
            "ansible" => return self.ansible(call),
            "nc" | "ncat" | "netcat" | "socat" => {
                let runs = |text: &str| {
                    matches!(text, "-e" | "-c" | "--exec" | "--sh-exec")
                        || text.contains("EXEC:")
                        || text.contains("SYSTEM:")
                };
                if call.args.iter().any(|arg| runs(&arg.text)) {
                    self.out.hide("stdin", call.text);
                }
                return;
            }
            _ => return,
        };
        let rest = call.args.get(1..).unwrap_or_default();
        for (at, arg) in rest.iter().enumerate() {
            if let Some(text) = arg.text.strip_prefix('+').filter(|_| name.contains("vi")) {
                self.after(arg, text, call.place);
            }
            let found = table.iter().find_map(|(option, is)| {
                let text: &str = &arg.text;
                let attached = text.strip_prefix(option);
                match attached {
                    Some("") => Some((rest.get(at + 1)?, None, *is)),
                    Some(value) if option.starts_with("--") => {
                        Some((arg, Some(value.strip_prefix('=')?), *is))
                    }
                    Some(value) => Some((arg, Some(value), *is)),
                    None => {
                        let letter = option.get(1..).filter(|letter| letter.len() == 1)?;
                        let letters = text.strip_prefix('-')?.strip_suffix(letter)?;
                        let several = letters.bytes().all(|c| c.is_ascii_alphabetic());
                        several.then_some((rest.get(at + 1)?, None, *is))
                    }
                }
            });
            let Some((value, text, is)) = found else { continue };
            let text = text.unwrap_or(&value.text);
            match is {
                Is::Command => self.held(value, text, call.place),
                Is::After => self.after(value, text, call.place),
                Is::Setting => {
                    if let Some((key, text)) = text.split_once(['=', ' ']) {
                        self.setting(key, value, text, call.place);
                    }
                }
            }
        }
        if name == "git" {
            let mut words = rest
                .iter()
                .skip_while(|arg| arg.text != "config")
                .skip(1)
                .filter(|arg| !arg.text.starts_with('-') && arg.text != "set");
            if let (Some(key), Some(value)) = (words.next(), words.next()) {
                self.setting(&key.text, value, &value.text, call.place);
            }
        }
    }

    fn setting(&mut self, key: &str, value: &Arg<'_>, text: &str, place: Place) {
        let key = key.trim().to_ascii_lowercase();
        if key.starts_with("alias.") || key.starts_with("credential.") {
            if let Some(text) = text.strip_prefix('!') {
                self.held(value, text, place);
            }
        } else if key == "core.hookspath" {
            if text != "/dev/null" {
                self.out.hide("script-file", text);
            }
        } else if SETTINGS.iter().any(|end| key.ends_with(end))
            && !matches!(text, "yes" | "no" | "none" | "true" | "false")
        {
            self.held(value, text, place);
        }
    }

    /// What an editor or debugger is told to do.
    fn after(&mut self, value: &Arg<'_>, text: &str, place: Place) {
        let text = text.trim_start_matches([':', ' ', '%']);
        if let Some(text) = text
            .strip_prefix('!')
            .or_else(|| text.strip_prefix("r !"))
            .or_else(|| text.strip_prefix("shell "))
            .or_else(|| text.strip_prefix("platform shell "))
        {
            self.held(value, text, place);
        } else if text.contains("system(") || text.starts_with("py") || text.starts_with("lua ") {
            let call = Call { args: &[], settings: &[], input: None, place, text };
            self.code(text, call);
        }
    }

    /// `sed` runs what follows its `e`, or what it made of a line.
    fn sed(&mut self, call: Call<'_>) {
        for arg in call.args.iter().skip(1).filter(|arg| !arg.text.starts_with("--")) {
            for part in arg.text.split(['\n', ';']).take(64) {
                let bare = part.trim_start_matches(|c: char| {
                    c.is_ascii_digit() || c.is_whitespace() || matches!(c, ',' | '$' | '!' | '{')
                });
                if let Some(text) = bare.strip_prefix("e ") {
                    self.held(arg, text, call.place);
                } else if bare == "e" && bare.len() != arg.text.len() {
                    self.out.hide("eval", call.text);
                }
                let mut chars = bare.chars();
                if chars.next() == Some('s')
                    && let Some(sign) = chars.next().filter(|c| !c.is_alphanumeric() && *c != ' ')
                    && bare.matches(sign).count() >= 3
                    && bare.rsplit(sign).next().is_some_and(|flags| {
                        flags.contains('e') && flags.bytes().all(|c| c.is_ascii_alphanumeric())
                    })
                {
                    self.out.hide("eval", call.text);
                }
            }
        }
    }

    /// A table of times and commands.
    fn crontab(&mut self, call: Call<'_>) {
        let rest = call.args.get(1..).unwrap_or_default();
        if rest.iter().any(|arg| matches!(arg.text.as_ref(), "-l" | "-r" | "-e")) {
            return;
        }
        let file = rest.last().filter(|arg| !arg.text.starts_with('-'));
        let flow: Flow = match file {
            Some(file) => match &file.flow {
                Some(flow) => (**flow).clone(),
                None => self.saved(&file.text).cloned().unwrap_or_default(),
            },
            None => match call.input {
                Some(flow) => flow.clone(),
                None => return,
            },
        };
        let Some(text) = flow.text.as_deref().filter(|_| !flow.is_fetched()) else {
            self.feed(&flow, call, Language::Shell, &["pipe-to-shell"], "script-file");
            return;
        };
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')).take(256) {
            let times = if line.starts_with('@') { 1 } else { 5 };
            let mut command = line;
            for _ in 0..times {
                command =
                    command.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim());
            }
            self.script(command, call.place, None);
        }
    }

    /// `ansible HOSTS -m MODULE -a WORDS`.
    fn ansible(&mut self, call: Call<'_>) {
        let option = |short: &str, long: &str| {
            let at = call.args.iter().position(|arg| arg.text == short || arg.text == long)?;
            call.args.get(at + 1)
        };
        let module = option("-m", "--module-name").map_or("command", |arg| arg.text.as_ref());
        let module = module.rsplit('.').next().unwrap_or_default();
        let Some(words) = option("-a", "--args") else { return };
        let place = Place { remote: true, ..call.place };
        match module {
            "shell" | "command" | "raw" => self.held(words, &words.text, place),
            "script" => self.out.hide("script-file", call.text),
            "pip" | "npm" | "gem" | "apt" | "dnf" | "yum" | "apk" | "pacman" => {
                let names = words.text.split_whitespace().filter_map(|word| {
                    word.strip_prefix("name=").or_else(|| word.strip_prefix("pkg="))
                });
                for name in names {
                    let all = [module, "install", name].map(str::to_owned);
                    self.argv(&all, place, call);
                }
            }
            _ => {}
        }
    }
}
