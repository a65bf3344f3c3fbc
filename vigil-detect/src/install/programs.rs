//! What a call of a program does: which program it is, and for package programs, what its words
//! ask for by its table.

use std::borrow::Cow;

use super::{
    ask::{Ask, Kind, Telling, packages},
    expand::{Arg, Value},
    flow::Flow,
    inline,
    options::{Does, Opt, Said, Words},
    run::{Call, Run},
    spec,
    tables::{self, Act, Program, Verb},
    wrap,
};

/// Programs that do what a file of the project says.
const BUILDERS: &[&str] = &[
    "make",
    "gmake",
    "just",
    "task",
    "rake",
    "gradle",
    "gradlew",
    "mvn",
    "mvnw",
    "ant",
    "ninja",
    "bazel",
    "bazelisk",
    "scons",
    "meson",
    "earthly",
    "dagger",
    "invoke",
    "nox",
    "tox",
    "terraform",
    "tofu",
    "ansible-playbook",
    "turbo",
    "nx",
    "packer",
    "skaffold",
    "tilt",
    "devbox",
    "act",
];
/// Builtins and programs of shells that run nothing else.
const QUIET: &[&str] =
    &["exit", "return", "break", "continue", "shift", "umask", "ulimit", "hash", "type", "man"];

impl Run {
    /// Follows a call.
    pub(super) fn call(&mut self, call: Call<'_>) -> Flow {
        match call.args.first() {
            Some(first) => self.deeper(call.text, |run| run.dispatch(first, call)),
            None => Flow::nothing(),
        }
    }

    fn dispatch(&mut self, first: &Arg<'_>, call: Call<'_>) -> Flow {
        if let Some(flow) = first.flow.as_deref().filter(|flow| flow.is_fetched())
            && first.hides(first.text.get(..2).unwrap_or_default())
            && first.text.starts_with(['$', '`', '<'])
        {
            self.fetched(flow, call.place, &["pipe-to-shell"]);
            return Flow::default();
        }
        let Some(name) = program_name(first) else {
            self.out.hide("variable", call.text);
            return Flow::default();
        };
        let name = name.as_ref();
        if let Some(alias) =
            self.aliases.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone())
        {
            let mut args: Vec<Arg<'_>> = alias.split_whitespace().map(Arg::plain).collect();
            // Its own name within it is the program.
            if args.first().is_some_and(|first| first.text != name) {
                args.extend(call.args.iter().skip(1).cloned());
                return self.call(call.with(&args));
            }
        }
        if let Some(flow) = self.function(name, call) {
            return flow;
        }
        self.holds_options(name, call);
        self.configures(name, call);
        if let Some(flow) = self.builtin(name, call) {
            return flow;
        }
        if let Some(wrap) = wrap::wrapper(name) {
            return self.wrapped(wrap, name, call);
        }
        if let Some(flow) = self.runs_others(name, call) {
            return flow;
        }
        if let Some(flow) = self.runs_code(name, call) {
            return flow;
        }
        if let Some(program) = tables::program(name) {
            return self.install(program, name, call);
        }
        if let Some(flow) = self.writes(name, call) {
            return flow;
        }
        if BUILDERS.contains(&name) {
            self.out.hide("make", call.text);
        } else if let Some(flow) = self.saved(&first.text).cloned() {
            self.feed(
                &flow,
                call,
                inline::Language::Shell,
                &["download-then-run", "pipe-to-shell"],
                "script-file",
            );
        } else if !spec::is_url(&first.text)
            && (first.text.contains('/')
                || [".sh", ".py", ".js", ".ps1", ".bash"].iter().any(|end| name.ends_with(end)))
            && is_local(&first.text)
        {
            self.out.hide("script-file", call.text);
        }
        Flow::default()
    }

    /// What the shell does itself.
    fn builtin(&mut self, name: &str, call: Call<'_>) -> Option<Flow> {
        let rest = call.args.get(1..).unwrap_or_default();
        match name {
            "alias" => {
                for arg in rest {
                    if let Some((name, text)) = arg.text.split_once('=')
                        && self.aliases.len() < 64
                        && text.len() < 4096
                    {
                        self.aliases.retain(|(known, _)| known != name);
                        self.aliases.push((name.to_owned(), text.to_owned()));
                    }
                }
            }
            "hash" if rest.first().is_some_and(|arg| arg.text == "-p") => {
                if let [_, path, name] = rest
                    && self.aliases.len() < 64
                {
                    self.aliases
                        .push((name.text.clone().into_owned(), path.text.clone().into_owned()));
                }
            }
            "unset" => {
                for arg in rest {
                    self.set(&arg.text, Value { unknown: true, ..Value::default() }, false);
                }
            }
            "read" | "mapfile" | "readarray" => {
                let text = call.input.and_then(|flow| flow.text.as_deref());
                let lines = text.filter(|text| self.spend(text.len())).map(|text| {
                    text.lines()
                        .map(str::trim)
                        .filter(|line| !line.is_empty())
                        .map(str::to_owned)
                        .collect::<Vec<_>>()
                });
                for arg in rest.iter().filter(|arg| !arg.text.starts_with('-')) {
                    let value = lines.clone().filter(|lines| !lines.is_empty()).map_or(
                        Value { unknown: true, ..Value::default() },
                        |all| Value { all, array: name != "read", ..Value::default() },
                    );
                    self.set(&arg.text, value, false);
                }
            }
            "set" => {
                if let Some(at) = rest.iter().position(|arg| arg.text == "--") {
                    self.set_arguments(rest.get(at + 1..).unwrap_or_default());
                }
            }
            "printf" if rest.first().is_some_and(|arg| arg.text == "-v") => {
                let name = rest.get(1).map(|arg| arg.text.clone().into_owned()).unwrap_or_default();
                let written = self.writes("printf", call.from(2)).unwrap_or_default();
                let unknown = written.text.is_none();
                let all = written.text.iter().map(|text| (**text).to_owned()).collect();
                self.set(&name, Value { all, unknown, ..Value::default() }, false);
            }
            "eval" => return Some(self.eval(call)),
            "." | "source" => {
                let file = rest.first()?;
                let flow = match &file.flow {
                    Some(flow) => (**flow).clone(),
                    None if file.text == "/dev/stdin" => call.input.cloned().unwrap_or_default(),
                    None => match self.saved(&file.text) {
                        Some(flow) => {
                            let flow = flow.clone();
                            self.feed(
                                &flow,
                                call,
                                inline::Language::Shell,
                                &["download-then-run", "pipe-to-shell"],
                                "script-file",
                            );
                            return Some(Flow::default());
                        }
                        None => Flow::default(),
                    },
                };
                // An environment of Python only sets variables.
                if !file.text.ends_with("/activate") {
                    self.feed(
                        &flow,
                        call,
                        inline::Language::Shell,
                        &["pipe-to-shell"],
                        "script-file",
                    );
                }
            }
            "command" | "builtin" => {
                let option = rest.first()?.text.as_ref();
                if matches!(option, "-v" | "-V") {
                    let name =
                        rest.get(1).map(|arg| arg.text.clone().into_owned()).unwrap_or_default();
                    return Some(Flow::text(name));
                }
                let skip = 1 + usize::from(option.starts_with('-'));
                return Some(self.call(call.from(skip)));
            }
            "trap" => {
                let text = rest.first().filter(|arg| arg.text.contains(' '))?;
                self.script(&text.text, call.place, None);
            }
            _ if QUIET.contains(&name) => {}
            _ => return None,
        }
        Some(Flow::nothing())
    }

    fn eval(&mut self, call: Call<'_>) -> Flow {
        let rest = call.args.get(1..).unwrap_or_default();
        let fetched =
            rest.iter().filter_map(|arg| arg.flow.as_deref()).find(|flow| flow.is_fetched());
        if let Some(flow) = fetched {
            self.fetched(flow, call.place, &["pipe-to-shell"]);
            return Flow::default();
        }
        let text = rest.iter().map(|arg| arg.text.as_ref()).collect::<Vec<_>>().join(" ");
        if rest.iter().any(|arg| !arg.known) {
            self.out.hide("eval", call.text);
            // What runs for its output alone has run already, and a variable alone is told.
            if text.starts_with("$(") || text.starts_with('`') || is_variable(&text) {
                return Flow::default();
            }
        }
        self.script(&text, call.place, call.input)
    }

    /// Takes from the environment what it says of packages.
    fn settings<'c>(&mut self, program: &Program, call: Call<'c>, ask: &mut Ask<'c>) {
        for &(name, does) in program.settings {
            let own = call
                .settings
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.clone());
            let value = own.or_else(|| {
                let value = self.lookup(name)?;
                let text = value.all.into_iter().next()?;
                Some(Arg { text: text.into(), known: !value.unknown, flow: None })
            });
            if let Some(value) = value.filter(|value| !value.text.is_empty()) {
                ask.option(Said { option: name, value: Some(value), does, place: 0 });
            }
        }
    }

    fn install(&mut self, program: &'static Program, name: &str, call: Call<'_>) -> Flow {
        let own = program.names.split(' ').find(|known| *known == name);
        let manager =
            if program.manager.is_empty() { own.unwrap_or_default() } else { program.manager };
        let mut ask = Ask::default();
        self.settings(program, call, &mut ask);
        self.sources(program, call, &mut ask);
        let args = call.args.get(1..).unwrap_or_default();
        let mut words = Words::new(args, program.style);
        let [first, second, third] = program.options;
        let mut tables: Vec<&'static [Opt]> = vec![first, second, third, HELP];
        let (mut act, mut other, mut bare) = (program.act, program.other, program.bare);
        while let Act::Verbs(verbs) | Act::Project2(verbs) = act {
            let project = matches!(act, Act::Project2(_));
            (act, other, bare) = match next_verb(verbs, project, &mut words, &tables, &mut ask) {
                Found::Verb(verb) => {
                    tables.insert(0, verb.options);
                    verb.flags.iter().for_each(|flag| ask.flag(flag));
                    (verb.act, Act::Nothing, Act::Nothing)
                }
                Found::Other => (other, Act::Nothing, Act::Nothing),
                Found::None => (bare, Act::Nothing, Act::Nothing),
            };
        }
        let asked = Asked { program, manager, call };
        self.act(act, &asked, words, &tables, ask)
    }

    fn act<'c>(
        &mut self,
        act: Act,
        asked: &Asked<'c>,
        mut words: Words<'c>,
        tables: &[&'static [Opt]],
        mut ask: Ask<'c>,
    ) -> Flow {
        let call = asked.call;
        // The command that comes after, and where it runs.
        let mut command: &[Arg<'_>] = &[];
        let mut place = call.place;
        let mut operands: Vec<Arg<'c>> = Vec::new();
        let most = match act {
            Act::Exec | Act::Create | Act::Image => 1,
            Act::Command(skip) | Act::Inside(skip) | Act::Like(skip, _) => skip + 1,
            _ => usize::MAX,
        };
        let stops = matches!(act, Act::Shells | Act::Tools);
        let at_once = matches!(act, Act::Exec) && ask.instead;
        loop {
            if stops && words.ended {
                command = words.rest();
                break;
            }
            if at_once && words.ended {
                break;
            }
            let Some(said) = words.next(tables) else { break };
            if !said.option.is_empty() {
                if matches!(act, Act::Shells) && said.does == Does::Commands {
                    command = call.args.get(said.place + 2..).unwrap_or_default();
                    break;
                }
                ask.option(said);
                continue;
            }
            if stops && words.ended {
                command = call.args.get(said.place + 1..).unwrap_or_default();
                break;
            }
            let from = said.place;
            // After `--` come words for what is installed, not packages.
            let is_option = said.value.as_ref().is_some_and(|value| value.text.starts_with('-'));
            if most == usize::MAX && words.ended && is_option {
                continue;
            }
            operands.extend(said.value);
            if operands.len() >= most {
                let taken = usize::from(matches!(act, Act::Image));
                command = call.args.get(from + 1 + taken..).unwrap_or_default();
                break;
            }
        }
        let mut all = packages(act, operands, &mut ask);
        match act {
            Act::Nothing => return Flow::default(),
            Act::Listed => self.hide(&ask, "manifest", call),
            Act::AddOrListed if all.is_empty() && ask.items.is_empty() => {
                self.hide(&ask, "manifest", call);
            }
            Act::Scripts => self.hide(&ask, "package-script", call),
            Act::Hidden(why) => self.hide(&ask, why, call),
            Act::Exec | Act::Create => ask.flag("exec"),
            Act::Inside(_) | Act::Image => place.container = true,
            Act::Description => {
                if let Some(text) = all.pop() {
                    self.description(&text.text, call);
                }
                return Flow::default();
            }
            _ => {}
        }
        if ask.dry {
            self.out.hide("dry-run", call.text);
        }
        if ask.never || ask.dry || (matches!(act, Act::If) && !ask.needed) {
            return Flow::default();
        }
        let spec = match act {
            Act::Create => spec::create,
            Act::AddAs(spec, _) => spec,
            Act::Tap | Act::Plugin => spec::tap,
            _ => ask.spec.map_or(asked.program.spec, |(spec, _)| spec),
        };
        let ecosystem = match act {
            Act::AddAs(_, ecosystem) => ecosystem,
            Act::Create if asked.program.ecosystem == "deno" => "npm",
            _ => asked.program.ecosystem,
        };
        for package in all {
            ask.items.push((Kind::Package, package));
        }
        let telling = Telling {
            manager: asked.manager,
            ecosystem,
            spec,
            place: call.place,
            input: call.input.cloned(),
            text: call.text.to_owned(),
        };
        self.tell(&ask, act, &telling);
        for text in &ask.commands {
            self.script(&text.text, place, call.input);
        }
        match act {
            Act::Like(_, program) => {
                let mut args = vec![Arg::plain(program)];
                args.extend(command.iter().cloned());
                self.call(call.with(&args))
            }
            Act::Image if ask.entry.as_ref().is_some_and(|entry| !entry.text.is_empty()) => {
                let mut args: Vec<Arg<'_>> = ask.entry.into_iter().collect();
                args.extend(command.iter().cloned());
                self.call(Call { place, ..call.with(&args) })
            }
            Act::Create => Flow::default(),
            Act::Command(_) if command.first().is_some_and(|first| first.text == "-") => {
                let flow = call.input.cloned().unwrap_or_default();
                self.feed(&flow, call, inline::Language::Code, &["pipe-to-shell"], "stdin")
            }
            Act::Command(_) if command.first().is_some_and(|first| spec::is_url(&first.text)) => {
                let urls =
                    command.iter().take(1).map(|arg| arg.text.clone().into_owned()).collect();
                self.fetched(&Flow { text: None, urls, fetched: false }, place, &["pipe-to-shell"]);
                Flow::default()
            }
            Act::Exec if command.first().is_some_and(|first| !program_is_known(first)) => {
                Flow::default()
            }
            _ => self.call(Call { place, ..call.with(command) }),
        }
    }

    fn hide(&mut self, ask: &Ask<'_>, why: &'static str, call: Call<'_>) {
        if !ask.never {
            self.out.hide(why, call.text);
        }
    }
}

struct Asked<'c> {
    program: &'static Program,
    manager: &'static str,
    call: Call<'c>,
}

const HELP: &[Opt] = &[Opt::is("--help", Does::Never)];

enum Found {
    Verb(&'static Verb),
    Other,
    None,
}

fn next_verb<'c>(
    verbs: &'static [Verb],
    project: bool,
    words: &mut Words<'c>,
    tables: &[&'static [Opt]],
    ask: &mut Ask<'c>,
) -> Found {
    let find =
        |name: &str| verbs.iter().find(|verb| verb.names.split(' ').any(|known| known == name));
    while let Some(said) = words.next(tables) {
        if let Some(verb) = find(said.option) {
            return Found::Verb(verb);
        }
        let Some(value) = said.value.as_ref().filter(|_| said.option.is_empty()) else {
            ask.option(said);
            continue;
        };
        // The toolchain of cargo.
        if value.text.starts_with('+') {
            continue;
        }
        match find(&value.text) {
            Some(verb) => return Found::Verb(verb),
            None if project => {}
            None => return Found::Other,
        }
    }
    Found::None
}

/// The name of the program that a word calls; none where only the shell knows.
pub(super) fn program_name<'t>(arg: &'t Arg<'_>) -> Option<Cow<'t, str>> {
    let text = arg.text.as_ref();
    // As notebooks have it.
    let text = text.strip_prefix(['!', '%']).filter(|rest| !rest.is_empty()).unwrap_or(text);
    if text == "{sys.executable}" {
        return Some("python".into());
    }
    let base = text.rsplit('/').next().unwrap_or_default();
    let base =
        if base.contains(":\\") { base.rsplit('\\').next().unwrap_or_default() } else { base };
    // A pattern, of which only the disk knows what it stands for.
    let pattern = base.contains(['*', '?']) || (base.contains('[') && !matches!(base, "[" | "[["));
    if pattern && !arg.hides(base) {
        return None;
    }
    if arg.hides(base) {
        let variable = base.trim_start_matches(['$', '{']).trim_end_matches('}');
        let name = variable.to_ascii_lowercase();
        let name = name.strip_suffix("_bin").or_else(|| name.strip_suffix("_cmd")).unwrap_or(&name);
        let known =
            matches!(name, "python" | "python3" | "py" | "node") || tables::program(name).is_some();
        return known.then(|| versionless(name).to_owned().into());
    }
    let base =
        [".exe", ".cmd", ".bat"].iter().find_map(|end| base.strip_suffix(end)).unwrap_or(base);
    Some(versionless(base).into())
}

/// `pip3.11` is pip.
fn versionless(name: &str) -> &str {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
    match bare {
        "pip" | "python" | "pypy" | "easy_install" | "gem" | "bundle" | "pipx" | "pythonw"
        | "ruby" | "perl" | "php" | "node" => bare,
        _ => name,
    }
}

fn program_is_known(arg: &Arg<'_>) -> bool {
    program_name(arg)
        .is_some_and(|name| tables::program(&name).is_some() || wrap::wrapper(&name).is_some())
}

fn is_variable(text: &str) -> bool {
    text.starts_with('$') && !text.contains(char::is_whitespace)
}

/// True for a path of a script rather than of a program of the system.
fn is_local(path: &str) -> bool {
    !["/usr/", "/bin/", "/sbin/", "/opt/", "/nix/"].iter().any(|start| path.starts_with(start))
        && !path.contains("/bin/")
        && !path.contains("/.bin/")
}
