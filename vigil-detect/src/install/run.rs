//! What runs with which words: lists, pipes, branches, functions, and the variables and files that
//! one command leaves to the next. Everything is walked once, and what would run only sometimes is
//! taken to run.

use std::{mem, rc::Rc};

use vigil_proto::package::{Package, PackageSource};

use super::{
    Reading,
    expand::{Arg, Value},
    flow::Flow,
    inline,
};
use crate::shell::{self, Assign, Cut, DEEPEST, From, Node, Redirect, Simple, Step, Word};

/// How many variables, functions and files are remembered.
const MOST_REMEMBERED: usize = 256;
/// Values that a variable may have at once.
const MOST_VALUES: usize = 64;
/// What stands for signs of which only the shell knows.
pub(super) const UNKNOWN: &str = "\0";
/// Bytes of a variable's values.
const LONGEST_VALUE: usize = 1 << 16;

/// Where commands run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    /// As somebody else.
    pub(super) sudo: bool,
    /// On another machine.
    pub(super) remote: bool,
    /// In a container.
    pub(super) container: bool,
}

/// What commands of a text have in common.
#[derive(Clone, Copy)]
pub(super) struct At<'s> {
    pub(super) documents: &'s [Word<'s>],
    pub(super) place: Place,
    pub(super) input: Option<&'s Flow>,
}

/// A program with its words.
#[derive(Clone, Copy)]
pub(super) struct Call<'c> {
    /// The words, the first being the program.
    pub(super) args: &'c [Arg<'c>],
    /// The variables set for it.
    pub(super) settings: &'c [(&'c str, Arg<'c>)],
    /// What it reads; none where that is the terminal.
    pub(super) input: Option<&'c Flow>,
    pub(super) place: Place,
    /// The command as it stands.
    pub(super) text: &'c str,
}

impl<'c> Call<'c> {
    /// The same with other words.
    pub(super) const fn with(self, args: &'c [Arg<'c>]) -> Self {
        Self { args, ..self }
    }

    /// The same from this word on.
    pub(super) fn from(self, place: usize) -> Self {
        Self { args: self.args.get(place..).unwrap_or_default(), ..self }
    }
}

/// A reading in progress.
pub(super) struct Run {
    pub(super) out: Reading,
    variables: Vec<(String, Value)>,
    /// Where the variables begin that the commands here may change.
    scope: usize,
    functions: Vec<(String, Rc<str>)>,
    pub(super) aliases: Vec<(String, String)>,
    files: Vec<(String, Flow)>,
    /// The arguments of the functions and texts around what runs, the innermost last.
    arguments: Vec<Vec<Value>>,
    /// How many choices are around what runs.
    maybe: usize,
    depth: usize,
    /// The signs besides blanks at which values are split into words.
    pub(super) splits: String,
    /// Bytes that may yet be read again or put together.
    budget: usize,
}

impl Run {
    pub(super) fn new(length: usize) -> Self {
        Self {
            out: Reading::default(),
            variables: Vec::new(),
            scope: 0,
            functions: Vec::new(),
            aliases: Vec::new(),
            files: Vec::new(),
            arguments: Vec::new(),
            maybe: 0,
            depth: 0,
            splits: String::new(),
            budget: length.saturating_mul(6).saturating_add(1 << 18),
        }
    }

    pub(super) fn all(mut self, text: &str) -> Reading {
        if inline::is_power(text) {
            let call =
                Call { args: &[], settings: &[], input: None, place: Place::default(), text };
            self.power(text, call);
        } else {
            self.script(text, Place::default(), None);
        }
        self.out
    }

    /// Takes `bytes` from what may be read; false where there is not so much left.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let left = self.budget.checked_sub(bytes);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    /// Does `what` one level deeper, unless that is too deep.
    pub(super) fn deeper(&mut self, text: &str, what: impl FnOnce(&mut Self) -> Flow) -> Flow {
        if self.depth >= DEEPEST {
            self.out.hide("too-deep", text);
            return Flow::default();
        }
        self.depth += 1;
        let flow = what(self);
        self.depth -= 1;
        flow
    }

    /// Reads a text as a shell would.
    pub(super) fn script(&mut self, text: &str, place: Place, input: Option<&Flow>) -> Flow {
        if !self.spend(text.len()) {
            self.out.hide("too-long", text);
            return Flow::default();
        }
        self.deeper(text, |run| {
            let script = shell::read_at(text, run.depth);
            match script.cut {
                Some(Cut::Depth) => run.out.hide("too-deep", text),
                Some(Cut::Length) => run.out.hide("too-long", text),
                None => {}
            }
            run.steps(&script.body, At { documents: &script.documents, place, input })
        })
    }

    /// Does `what` with variables of its own.
    pub(super) fn apart(&mut self, what: impl FnOnce(&mut Self) -> Flow) -> Flow {
        let scope = mem::replace(&mut self.scope, self.variables.len());
        let flow = what(self);
        self.variables.truncate(self.scope);
        self.scope = scope;
        flow
    }

    pub(super) fn steps(&mut self, steps: &[Step<'_>], at: At<'_>) -> Flow {
        let mut flow = Flow::nothing();
        for step in steps {
            self.maybe += usize::from(step.maybe);
            flow.then(self.node(&step.node, at));
            self.maybe -= usize::from(step.maybe);
        }
        flow
    }

    fn node(&mut self, node: &Node<'_>, at: At<'_>) -> Flow {
        match node {
            Node::Simple(simple) => self.simple(simple, at),
            Node::Pipe(nodes) => {
                let mut input: Option<Flow> = None;
                for node in nodes {
                    let next = self.apart(|run| {
                        run.node(node, At { input: input.as_ref().or(at.input), ..at })
                    });
                    input = Some(next);
                }
                input.unwrap_or_default()
            }
            Node::Group { body, apart, redirects } => {
                let (input, file) = self.redirects(redirects, at);
                let at = At { input: input.as_ref().or(at.input), ..at };
                let flow = if *apart {
                    self.apart(|run| run.steps(body, at))
                } else {
                    self.steps(body, at)
                };
                self.written(file, flow)
            }
            Node::Branches { parts, subject, redirects } => {
                if let Some(subject) = subject {
                    self.value(subject, at);
                }
                let (input, file) = self.redirects(redirects, at);
                let at = At { input: input.as_ref().or(at.input), ..at };
                self.maybe += 1;
                let mut flow = Flow::nothing();
                for part in parts {
                    flow.then(self.steps(part, at));
                }
                self.maybe -= 1;
                self.written(file, flow)
            }
            Node::For { name, items, body, redirects } => {
                let mut words = Vec::new();
                for item in items.iter().flatten() {
                    self.expand(item, at, &mut words);
                }
                let mut value = if items.is_none() {
                    self.lookup("@").unwrap_or(Value { unknown: true, ..Value::default() })
                } else {
                    Value::default()
                };
                value.array = false;
                for word in words {
                    if word.known {
                        value.all.push(word.text.into_owned());
                    } else {
                        value.unknown = true;
                    }
                }
                self.set(name, value, false);
                let (input, file) = self.redirects(redirects, at);
                let at = At { input: input.as_ref().or(at.input), ..at };
                self.maybe += 1;
                let flow = self.steps(body, at);
                self.maybe -= 1;
                self.written(file, flow)
            }
            Node::Function { name, body } => {
                if self.functions.len() < MOST_REMEMBERED && self.spend(body.len()) {
                    self.functions.retain(|(known, _)| known != name);
                    self.functions.push(((*name).to_owned(), (*body).into()));
                }
                Flow::nothing()
            }
        }
    }

    fn simple(&mut self, simple: &Simple<'_>, at: At<'_>) -> Flow {
        let mut args = Vec::with_capacity(simple.words.len());
        let mut programs = 1;
        for (place, word) in simple.words.iter().enumerate() {
            let choices = self.expand(word, at, &mut args);
            if place == 0 && choices == args.len() {
                programs = choices;
            }
        }
        let declares = args.first().is_none_or(|first| {
            matches!(first.text.as_ref(), "export" | "declare" | "local" | "typeset" | "readonly")
        });
        if declares {
            let names = args.iter().skip(1).any(|arg| {
                arg.text.starts_with('-') && !arg.text.starts_with("--") && arg.text.contains('n')
            }) && args.first().is_some_and(|first| first.text != "export");
            for assign in &simple.assigns {
                self.assign(assign, at);
                if names {
                    // It stands for another variable.
                    let value = Value { unknown: true, ..Value::default() };
                    self.set(assign.name, value, false);
                }
                self.holds_assigned(assign.name, at);
            }
            // `local name=value`, put together by the shell from parts.
            for (name, value) in
                args.iter().skip(1).filter_map(|arg| Some((arg, arg.text.split_once('=')?))).map(
                    |(arg, (name, value))| {
                        (
                            name.to_owned(),
                            Value {
                                all: vec![value.to_owned()],
                                unknown: !arg.known,
                                ..Value::default()
                            },
                        )
                    },
                )
            {
                self.set(&name, value, false);
            }
            let (input, file) = self.redirects(&simple.redirects, at);
            let read =
                if args.is_empty() { input.unwrap_or_else(Flow::nothing) } else { Flow::nothing() };
            return self.written(file, read);
        }
        let mut settings = Vec::new();
        for assign in &simple.assigns {
            let value = assign.values.first().map(|word| self.value(word, at)).unwrap_or_default();
            let known = !value.unknown;
            let text = value.all.into_iter().next().unwrap_or_default();
            let flow = value.flow;
            settings.push((assign.name, Arg { text: text.into(), known, flow }));
        }
        for (name, value) in &settings {
            self.holds(name, value, at.place);
        }
        let (mut input, file) = self.redirects(&simple.redirects, at);
        if file
            .as_ref()
            .is_some_and(|file| file.starts_with("/dev/tcp/") || file.starts_with("/dev/udp/"))
        {
            // What it reads comes from there too.
            input.get_or_insert_default();
        }
        let call = Call {
            args: &args,
            settings: &settings,
            input: input.as_ref().or(at.input),
            place: at.place,
            text: simple.text,
        };
        let flow = if programs > 1 && self.spend(simple.text.len() * programs) {
            // Any of these: it is the variable of a loop, or set in different ways.
            let (names, rest) = args.split_at(programs.min(args.len()));
            for name in names {
                let mut one = vec![name.clone()];
                one.extend(rest.iter().cloned());
                self.call(call.with(&one));
            }
            Flow::default()
        } else {
            self.call(call)
        };
        self.written(file, flow)
    }

    fn assign(&mut self, assign: &Assign<'_>, at: At<'_>) {
        let mut value = Value { array: assign.array, ..Value::default() };
        if assign.array {
            let mut words = Vec::new();
            for word in &assign.values {
                self.expand(word, at, &mut words);
            }
            for word in words {
                value.unknown |= !word.known;
                value.all.push(word.text.into_owned());
            }
        } else if let Some(word) = assign.values.first() {
            value = self.value(word, at);
            if assign.more {
                let before = self.lookup(assign.name).unwrap_or_default();
                let (first, more) = (before.all.first(), value.all.first());
                if !before.array
                    && let (Some(first), Some(more)) = (first, more)
                {
                    value.all = vec![format!("{first}{more}")];
                    value.unknown |= before.unknown;
                    self.set(assign.name, value, false);
                    return;
                }
            }
            if value.unknown && value.flow.as_ref().is_some_and(|flow| flow.is_fetched()) {
                value.all.clear();
            }
        }
        self.set(assign.name, value, assign.more);
    }

    /// Sets a variable; with `more`, or where it is set only sometimes, what it was stays possible.
    pub(super) fn set(&mut self, name: &str, mut value: Value, more: bool) {
        if name == "IFS" {
            self.splits = value.all.concat();
            self.splits.retain(|c| !c.is_whitespace());
            if value.unknown {
                UNKNOWN.clone_into(&mut self.splits);
            }
        }
        if value.size() > LONGEST_VALUE || !self.spend(value.size()) {
            value = Value { unknown: true, ..Value::default() };
        }
        // What is not known is written where it is used.
        if value.unknown && !value.array {
            value.all.retain(|text| !text.contains(['$', '`']));
        }
        if let Some(before) = (more || self.maybe > 0).then(|| self.lookup(name)).flatten() {
            let mut all = before.all;
            all.append(&mut value.all);
            if !value.array {
                all.dedup();
            }
            value = Value {
                all,
                unknown: before.unknown | value.unknown,
                array: before.array | value.array,
                flow: value.flow,
            };
        }
        value.all.truncate(MOST_VALUES);
        let place = self.variables.iter().rposition(|(known, _)| known == name);
        let own = place.filter(|place| *place >= self.scope);
        if let Some((_, old)) = own.and_then(|place| self.variables.get_mut(place)) {
            *old = value;
        } else if self.variables.len() < MOST_REMEMBERED {
            self.variables.push((name.to_owned(), value));
        }
    }

    /// What a variable holds, if these commands say so.
    pub(super) fn lookup(&mut self, name: &str) -> Option<Value> {
        if name == "IFS" {
            return Some(Value { all: vec![" ".to_owned()], ..Value::default() });
        }
        if name.bytes().all(|c| !c.is_ascii_alphabetic() && c != b'_') {
            return self.argument(name);
        }
        let place = self.variables.iter().rposition(|(known, _)| known == name)?;
        let size = self.variables.get(place).map_or(0, |(_, value)| value.size());
        if !self.spend(size) {
            return Some(Value { unknown: true, ..Value::default() });
        }
        self.variables.get(place).map(|(_, value)| value.clone())
    }

    /// What the first variable with such a name holds.
    pub(super) fn first_of(&self, is: impl Fn(&str) -> bool) -> Option<String> {
        let (_, value) = self.variables.iter().find(|(name, _)| is(name))?;
        value.all.first().cloned()
    }

    /// Takes redirections: what is read, and the file that is written.
    fn redirects(
        &mut self,
        redirects: &[Redirect<'_>],
        at: At<'_>,
    ) -> (Option<Flow>, Option<String>) {
        let (mut input, mut file) = (None, None);
        for redirect in redirects {
            match &redirect.place {
                From::File(word) => {
                    let value = self.value(word, at);
                    let name = value.all.into_iter().next().unwrap_or_default();
                    if redirect.writes {
                        file = Some(name);
                    } else {
                        let flow = value.flow.map(|flow| *flow);
                        input =
                            Some(flow.or_else(|| self.saved(&name).cloned()).unwrap_or_default());
                    }
                }
                From::Text(word) => {
                    let value = self.value(word, at);
                    let text = value.all.into_iter().next().unwrap_or_default();
                    let flow = value.flow.map_or_else(Flow::nothing, |flow| *flow);
                    input = Some(Flow { text: Some(text.into()), ..flow });
                }
                From::Document(place) => {
                    if let Some(word) = at.documents.get(*place) {
                        let value = self.value(word, at);
                        let text = value.all.into_iter().next().unwrap_or_default();
                        let flow = value.flow.map_or_else(Flow::nothing, |flow| *flow);
                        input = Some(Flow { text: Some(text.into()), ..flow });
                    }
                }
                From::Aside(number, word) => {
                    let value = self.value(word, at);
                    let name = value.all.into_iter().next().unwrap_or_default();
                    let flow = value.flow.map(|flow| *flow).or_else(|| self.saved(&name).cloned());
                    if !redirect.writes && self.files.len() < MOST_REMEMBERED {
                        self.files.push((format!("/dev/fd/{number}"), flow.unwrap_or_default()));
                    }
                }
                From::Other => {}
            }
        }
        (input, file)
    }

    fn written(&mut self, file: Option<String>, flow: Flow) -> Flow {
        match file {
            Some(name) if name != "/dev/stdout" => {
                self.save(&name, flow);
                Flow::nothing()
            }
            _ => flow,
        }
    }

    /// Remembers what a file holds.
    pub(super) fn save(&mut self, name: &str, flow: Flow) {
        if name.starts_with("/dev/") || (flow.text.is_none() && !flow.is_fetched()) {
            return;
        }
        if self.files.len() < MOST_REMEMBERED
            && self.spend(flow.text.as_ref().map_or(0, |text| text.len()))
        {
            self.files.push((plain_path(name).to_owned(), flow));
        }
    }

    /// What a file holds, if these commands wrote it.
    pub(super) fn saved(&self, name: &str) -> Option<&Flow> {
        let name = plain_path(name);
        let last = |path: &str| path.rsplit('/').next().map(str::to_owned);
        let same = |path: &str| {
            path == name
                || ((!path.contains('/') || !name.contains('/')) && last(path) == last(name))
        };
        self.files.iter().rev().find(|(path, _)| same(path)).map(|(_, flow)| flow)
    }

    /// Runs a function, if `name` is one.
    pub(super) fn function(&mut self, name: &str, call: Call<'_>) -> Option<Flow> {
        let body = self.functions.iter().find(|(known, _)| known == name)?.1.clone();
        Some(self.with_arguments(call.args, |run| run.script(&body, call.place, call.input)))
    }

    /// Does `what` with these words as `$0`, `$1` and so on.
    pub(super) fn with_arguments(
        &mut self,
        arguments: &[Arg<'_>],
        what: impl FnOnce(&mut Self) -> Flow,
    ) -> Flow {
        let own = arguments.iter().take(MOST_VALUES).map(|arg| Value {
            all: vec![arg.text.clone().into_owned()],
            unknown: !arg.known,
            ..Value::default()
        });
        self.arguments.push(own.collect());
        let flow = what(self);
        self.arguments.pop();
        flow
    }

    /// `set -- words`.
    pub(super) fn set_arguments(&mut self, words: &[Arg<'_>]) {
        self.arguments.pop();
        let mut own = vec![Value { unknown: true, ..Value::default() }];
        own.extend(words.iter().take(MOST_VALUES).map(|arg| Value {
            all: vec![arg.text.clone().into_owned()],
            unknown: !arg.known,
            ..Value::default()
        }));
        self.arguments.push(own);
    }

    /// `$1`, `$@` and the like.
    fn argument(&mut self, name: &str) -> Option<Value> {
        let size = self.arguments.last()?.iter().map(Value::size).sum();
        if !self.spend(size) {
            return Some(Value { unknown: true, ..Value::default() });
        }
        let arguments = self.arguments.last()?;
        if name == "@" || name == "*" {
            let arguments = arguments.get(1..).unwrap_or_default();
            let all = arguments.iter().flat_map(|value| value.all.clone()).collect();
            let unknown = arguments.iter().any(|value| value.unknown);
            return Some(Value { all, unknown, array: true, flow: None });
        }
        let place: usize = name.parse().ok()?;
        arguments.get(place).cloned()
    }

    /// Tells of something fetched that is run.
    pub(super) fn fetched(&mut self, flow: &Flow, place: Place, flags: &[&'static str]) {
        let mut flags: Vec<_> = flags.iter().map(|flag| (*flag).into()).collect();
        add_place(&mut flags, place);
        let mut told = |url: Option<&String>| {
            self.out.add(Package {
                manager: "script".into(),
                ecosystem: "script".into(),
                name: None,
                version: None,
                source: if url.is_some() { PackageSource::Url } else { PackageSource::Unresolved },
                url: url.cloned(),
                flags: flags.clone(),
            });
        };
        for url in &flow.urls {
            told(Some(url));
        }
        if flow.urls.is_empty() {
            told(None);
        }
    }
}

/// Adds what the place says to the flags of a package.
pub(super) fn add_place(flags: &mut Vec<std::borrow::Cow<'static, str>>, place: Place) {
    let all = [(place.sudo, "sudo"), (place.remote, "remote"), (place.container, "container")];
    flags.extend(all.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.into()));
}

fn plain_path(path: &str) -> &str {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    path
}
