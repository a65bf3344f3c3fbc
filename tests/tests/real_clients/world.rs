//! One client's world: a model that is every provider, a Vigil that is led to it, and a home in
//! which the client finds nothing but its own settings.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use vigil_tests::{
    model::{Model, Served, Setting, Tokens},
    vigil::{Home, Running, binary, settles},
};

use super::{
    SECOND,
    table::{Client, Route, missing},
};

/// The hosts that the model is. The last one is Codex's, beside that of its model.
const HOSTS: &[&str] =
    &["api.anthropic.com", "api.openai.com", "generativelanguage.googleapis.com", "chatgpt.com"];

/// What a conversation consists of.
pub(super) const CONVERSATION: &[&str] =
    &["prompt", "thinking", "response", "model_call", "tool_call", "tool_result"];

/// What a client asks beside its conversation consists of.
pub(super) const ASIDE: &[&str] = &["prompt", "response", "model_call"];

pub(super) struct World {
    /// Vigil's own.
    pub(super) home: Home,
    /// The client's: below Vigil's, where it looks for no transcripts, or the same.
    pub(super) clients: PathBuf,
    pub(super) vigil: Running,
    pub(super) model: Model,
}

/// What Vigil has of the conversation.
pub(super) struct Told {
    events: Vec<Value>,
}

impl World {
    /// A world in which Vigil finds no transcript of the client.
    pub(super) fn start(client: &Client) -> Self {
        Self::started(client, |home| home.root().join("client"), "")
    }

    /// A world in which Vigil finds the client's transcripts as well.
    pub(super) fn start_with_transcripts(client: &Client) -> Self {
        Self::started(client, Home::user, "")
    }

    /// The same with more in Vigil's configuration.
    pub(super) fn start_configured(client: &Client, config: &str) -> Self {
        Self::started(client, Home::user, config)
    }

    fn started(client: &Client, clients: fn(&Home) -> PathBuf, more: &str) -> Self {
        if !client.program.exists() {
            missing(client.title);
        }
        let home = Home::default();
        let setting = Setting {
            hosts: HOSTS,
            at: ([127, 0, 0, 1], 0).into(),
            refuses_sockets: client.refuses_sockets,
            counts_calls: client.counts_calls,
        };
        let model = Model::start_as(setting, home.root());
        let upstreams = model.upstreams(home.root());
        // Whatever else a client connects to is behind a proxy that is not there: it ends here.
        let nowhere = home.root().join("nowhere");
        fs::write(&nowhere, "http://127.0.0.1:1\n").unwrap();
        fs::set_permissions(&nowhere, private(0o600)).unwrap();
        let config = home.vigil().join("config");
        fs::create_dir_all(&config).unwrap();
        fs::set_permissions(home.vigil(), private(0o700)).unwrap();
        fs::set_permissions(&config, private(0o700)).unwrap();
        let mut text = format!("[proxy]\nupstream = {:?}\n", nowhere.display().to_string());
        if client.asks_elsewhere {
            let _ = writeln!(text, "hosts = {HOSTS:?}");
        }
        text.push_str(more);
        fs::write(config.join("config.toml"), text).unwrap();
        let vigil = Running::start(&home, &["--test-upstreams", &upstreams]);
        let clients = clients(&home);
        let world = Self { home, clients, vigil, model };
        fs::create_dir_all(world.work()).unwrap();
        fs::write(world.work().join("settings.env"), "PLAIN=1\n").unwrap();
        world.lays(&client.files);
        world
    }

    /// Writes files into the client's home.
    pub(super) fn lays(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            let file = self.clients_home().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            let home = self.clients_home().display().to_string();
            fs::write(file, text.replace("{HOME}", &home)).unwrap();
        }
    }

    fn clients_home(&self) -> &Path {
        &self.clients
    }

    pub(super) fn work(&self) -> PathBuf {
        self.clients_home().join("work")
    }

    /// `program` in the client's home.
    fn inside(&self, program: PathBuf) -> Command {
        let mut command = self.home.clean(program, &[]);
        command.env("HOME", self.clients_home()).current_dir(self.work()).stdin(Stdio::null());
        command
    }

    /// Has the client's own settings lead it through the proxy.
    pub(super) fn route_on(&self, client: &Client) {
        let on = self
            .inside(binary("vigil"))
            .args(["route", "on", client.word, "--yes"])
            .output()
            .unwrap();
        assert!(on.status.success(), "{}", String::from_utf8_lossy(&on.stderr));
    }

    /// Runs the client to the end of its conversation, which leaves a summary.
    pub(super) fn converse(&self, client: &Client) {
        self.ask(client, client.conversation);
        let summary = fs::read_to_string(self.work().join("summary.txt")).unwrap();
        assert!(summary.contains("done"), "{summary}");
    }

    /// Runs the client to the end of the conversation that is called so.
    pub(super) fn ask(&self, client: &Client, conversation: &str) {
        let output = self.asking(client, conversation).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            said.contains("CONVERSATION-ENDS"),
            "{} did not come to the end: {}\n{said}\n{}\nserved: {:#?}",
            client.title,
            output.status,
            String::from_utf8_lossy(&output.stderr),
            self.model.served(),
        );
    }

    /// The client's program with the prompt that begins the conversation.
    pub(super) fn asking(&self, client: &Client, conversation: &str) -> Command {
        let prompt = format!(
            "[[conversation:{conversation}]] FOLDER={} Do the steps.",
            self.work().display()
        );
        self.saying(client, &prompt)
    }

    /// The client's program with a prompt.
    pub(super) fn saying(&self, client: &Client, prompt: &str) -> Command {
        let mut command = match client.route {
            Route::Settings => self.inside(client.program.clone()),
            Route::Exec => {
                let mut command = self.inside(binary("vigil"));
                command.args(["route", "exec", "--"]).arg(&client.program);
                command
            }
        };
        command
            .args(&client.before)
            .arg(prompt)
            .args(&client.after)
            .envs(client.variables.iter().map(|(name, value)| (name, value)))
            .env("TERM", "dumb")
            .env("LANG", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// What the model served so far, the calls left out that the client made beside its
    /// conversation.
    pub(super) fn served(&self) -> Vec<Served> {
        let mut served = self.model.served();
        served.retain(|call| !call.is_aside());
        served.sort();
        served
    }

    /// `vigil` with what it is to do, over a record of its own: it never heard of the proxy.
    pub(super) fn apart(&self, arguments: &[&str]) -> String {
        let mut command = self.inside(binary("vigil"));
        command.args(arguments).env("VIGIL_HOME", self.home.root().join("apart"));
        let output = command.output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "vigil {arguments:?}: {words}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// `vigil` with what it is to do, in the client's home.
    pub(super) fn told(&self, arguments: &[&str]) -> String {
        let output = self.inside(binary("vigil")).args(arguments).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "vigil {arguments:?}: {words}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// True when there is such a file where the client works.
    pub(super) fn has_made(&self, file: &str) -> bool {
        self.work().join(file).exists()
    }

    /// What was served, and what was recorded, once both say the same of every call.
    pub(super) fn settled(&self) -> (Vec<Served>, Told) {
        settles("the events are what the model served", || {
            let mut served = self.model.served();
            let events = self.home.jsonl(&["events", "--jsonl"]);
            let mut seen = calls(&events);
            served.sort();
            seen.sort();
            let told = Told { events };
            let is_all = served.len() as u64 == self.model.calls()
                && seen == without_tools(&served)
                && told.tools() == tools(&served)
                && told.of("tool_result").len() == told.of("tool_call").len();
            if is_all {
                return Ok((served, told));
            }
            let tools = (told.tools(), told.of("tool_result").len());
            Err(format!("served {served:#?}\nrecorded {seen:#?}\n{tools:?}"))
        })
    }

    /// What was served and recorded, once the transcript's words have come as well.
    pub(super) fn settled_by_both(&self, client: &Client) -> (Vec<Served>, Told) {
        settles("both witnesses told every call", || {
            let mut served = self.model.served();
            let events = self.home.jsonl(&["events", "--jsonl", "--text"]);
            let mut seen = calls(&events);
            served.sort();
            seen.sort();
            let told = Told { events };
            let (alone, by_proxy) = (told.by_one(client), told.by_the_proxy_alone());
            let is_all = seen == without_tools(&served)
                && told.tools() == tools(&served)
                && told.of("tool_result").len() == told.of("tool_call").len()
                && alone.is_empty()
                && by_proxy == client.asides * ASIDE.len();
            if is_all {
                return Ok((served, told));
            }
            let lines = told.lines();
            Err(format!("served {served:#?}\nby one alone {alone:#?}\n{by_proxy}\n{lines}"))
        })
    }

    /// The session is one, whatever its witnesses call it.
    pub(super) fn is_one_session(&self, client: &Client) {
        let sessions = self.home.json(&["sessions", "--json"])["sessions"].clone();
        let ids: Vec<_> = sessions.as_array().unwrap().iter().map(|row| &row["id"]).collect();
        assert_eq!(ids.len(), 1, "{sessions:#}");
        let row = &sessions[0];
        assert_eq!(row["client"], client.word, "{row:#}");
        assert_eq!(row["turns"], json!(2), "{row:#}");
        assert_eq!(row["messages"], json!(client.calls + SECOND.calls + client.asides), "{row:#}");
        assert_eq!(row["tool_calls"], json!(client.tool_calls + SECOND.tool_calls), "{row:#}");
    }

    /// Every total of `vigil usage` is that of what was served, and it has a price.
    pub(super) fn totals_are(&self, served: &[Served]) {
        let total = self.home.json(&["usage", "--json"])["total"].clone();
        let sum = |of: fn(&Tokens) -> u64| served.iter().map(|call| of(&call.tokens)).sum::<u64>();
        assert_eq!(total["calls"], json!(served.len()), "{total}");
        assert_eq!(total["input"], json!(sum(|tokens| tokens.input)), "{total}");
        assert_eq!(total["cache_read"], json!(sum(|tokens| tokens.cache_read)), "{total}");
        assert_eq!(total["cache_write"], json!(sum(|tokens| tokens.cache_write)), "{total}");
        assert_eq!(total["output"], json!(sum(|tokens| tokens.output)), "{total}");
        assert_eq!(total["reasoning"], json!(sum(|tokens| tokens.reasoning)), "{total}");
        assert!(total["cost_usd"].as_f64().unwrap() > 0.0, "{total}");
    }

    pub(super) fn ends(self) {
        assert!(self.vigil.end().success());
    }
}

impl Told {
    fn of(&self, kind: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["kind"] == kind).collect()
    }

    /// The tools of all tool calls, sorted.
    fn tools(&self) -> Vec<String> {
        let named = |call: &&Value| call["name"].as_str().unwrap_or_default().to_owned();
        let mut tools: Vec<_> = self.of("tool_call").iter().map(named).collect();
        tools.sort();
        tools
    }

    /// The conversation for whoever reads why a test failed: a line an event.
    fn lines(&self) -> String {
        let mut lines = String::new();
        for event in self.conversation() {
            let text = |name: &str| event[name].as_str().unwrap_or_default();
            let said: String = text("text").chars().take(60).collect();
            let _ = writeln!(
                lines,
                "{:>4} {} {:<11} {:<22} {} {} {said:?}",
                event["seq"],
                text("session"),
                text("kind"),
                event["witnesses"],
                text("tool_call"),
                text("name"),
            );
        }
        lines
    }

    fn conversation(&self) -> impl Iterator<Item = &Value> {
        let is_one = |event: &&Value| CONVERSATION.iter().any(|kind| event["kind"] == *kind);
        self.events.iter().filter(is_one)
    }

    pub(super) fn is_from_the_proxy_alone(&self) {
        for event in self.conversation() {
            assert_eq!(event["witnesses"], json!(["proxy"]), "{event:#}");
        }
        let gaps: Vec<_> =
            self.of("gap").into_iter().filter(|gap| by(gap).contains(&json!("proxy"))).collect();
        assert!(gaps.is_empty(), "the proxy missed something: {gaps:#?}");
    }

    /// What was told by one witness alone and should have been told by both: by the client, or, but
    /// for what it asks beside the conversation, by the proxy.
    fn by_one(&self, client: &Client) -> Vec<String> {
        let is_aside = |event: &Value| {
            client.asides > 0 && ASIDE.iter().any(|kind| event["kind"] == *kind) && is_proxys(event)
        };
        let alone = self.conversation().filter(|event| by(event).len() < 2 && !is_aside(event));
        alone.map(|event| format!("{event:#}")).collect()
    }

    /// How much of the conversation the proxy alone told.
    fn by_the_proxy_alone(&self) -> usize {
        self.conversation().filter(|event| is_proxys(event)).count()
    }

    /// Every event of the conversation is the client's, in one session of its own.
    pub(super) fn is_of(&self, client: &Client) {
        for event in self.conversation() {
            assert_eq!(event["client"], client.word, "{event:#}");
        }
        let of_tools = self.of("tool_call").into_iter();
        let sessions: BTreeSet<_> =
            of_tools.map(|call| call["session"].as_str().unwrap_or_default()).collect();
        assert!(sessions.len() <= 1, "one conversation in several sessions: {sessions:?}");
        let of_calls = self.of("model_call").into_iter();
        let named: BTreeSet<_> =
            of_calls.map(|call| call["session"].as_str().unwrap_or_default()).collect();
        let asides = if client.names_session { 0 } else { client.asides };
        assert!(named.len() <= 1 + asides, "{named:?}");
        for flow in self.of("connection").iter().filter(|flow| !flow["client"].is_null()) {
            assert_eq!(flow["client"], client.word, "{flow:#}");
        }
    }
}

/// Who told of the event.
pub(super) fn by(event: &Value) -> &[Value] {
    event["witnesses"].as_array().map_or(&[], Vec::as_slice)
}

/// True when the proxy alone did.
fn is_proxys(event: &Value) -> bool {
    by(event) == [json!("proxy")]
}

fn private(mode: u32) -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(mode)
}

/// The model and the tokens of each call on record.
pub(super) fn calls(events: &[Value]) -> Vec<(String, Tokens)> {
    let calls = events.iter().filter(|event| event["kind"] == "model_call");
    let call = |event: &Value| {
        let usage = &event["detail"]["usage"];
        let count = |name: &str| usage[name].as_u64().unwrap_or(0);
        let tokens = Tokens {
            input: count("input"),
            cache_write: count("cache_write"),
            cache_read: count("cache_read"),
            output: count("output"),
            reasoning: count("reasoning"),
        };
        (event["name"].as_str().unwrap_or_default().to_owned(), tokens)
    };
    calls.map(call).collect()
}

pub(super) fn without_tools(served: &[Served]) -> Vec<(String, Tokens)> {
    let mut calls: Vec<_> = served.iter().map(|call| (call.model.clone(), call.tokens)).collect();
    calls.sort();
    calls
}

pub(super) fn tools(served: &[Served]) -> Vec<String> {
    let mut tools: Vec<_> = served.iter().flat_map(|call| call.tools.iter().cloned()).collect();
    tools.sort();
    tools
}
