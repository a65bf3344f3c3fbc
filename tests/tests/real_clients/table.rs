//! The clients: how each is started, what it needs to be set to speak to the model without a
//! person, and what is known of it. None of this says anything of a proxy or of a certificate.

use std::path::{Path, PathBuf};

use vigil_tests::vigil::binary;

/// A client and its conversation.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// Its name in what the test says.
    pub(super) title: &'static str,
    /// What Vigil calls it.
    pub(super) word: &'static str,
    pub(super) route: Route,
    /// The program, and the arguments before the prompt and after it.
    pub(super) program: PathBuf,
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
    pub(super) conversation: &'static str,
    pub(super) variables: Vec<(&'static str, String)>,
    /// Files in its home, before it is routed; `{HOME}` stands for that.
    pub(super) files: Vec<(&'static str, &'static str)>,
    /// True when the model opens no WebSocket.
    pub(super) refuses_sockets: bool,
    /// True when the model counts tool calls within each conversation.
    pub(super) counts_calls: bool,
    /// Calls of the conversation, and those that the client makes beside it.
    pub(super) calls: usize,
    pub(super) asides: usize,
    pub(super) tool_calls: usize,
    /// It gives its session a name in its requests.
    pub(super) names_session: bool,
    /// It asks a host for its models that Vigil does not read unless it is told to. Where nobody
    /// answers there in its place, it tries for six seconds.
    pub(super) asks_elsewhere: bool,
}

/// How it is led through the proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `vigil route on` writes its settings.
    Settings,
    /// `vigil route exec` starts it.
    Exec,
}

fn agents() -> PathBuf {
    binary("vigil").parent().unwrap().parent().unwrap().join("agents")
}

/// Why the client could not be installed on this machine, where the task that installs it says so.
/// Only a provider's library may be missing: it comes from another index than the clients.
pub(super) fn why_missing(client: &Client) -> Option<String> {
    let is_library = client.program.starts_with(agents().join("sdks"));
    is_library.then(|| std::fs::read_to_string(agents().join("sdks.missing")).ok()).flatten()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// A credential that is none, assembled here.
fn dummy(prefix: &str) -> String {
    [prefix, "dummy"].concat()
}

/// A client from npm with five calls and five tool calls.
fn client(title: &'static str, word: &'static str, route: Route, program: &str) -> Client {
    Client {
        title,
        word,
        route,
        program: agents().join("node_modules/.bin").join(program),
        before: Vec::new(),
        after: Vec::new(),
        conversation: "default",
        variables: Vec::new(),
        files: Vec::new(),
        refuses_sockets: false,
        counts_calls: false,
        calls: 5,
        asides: 0,
        tool_calls: 5,
        names_session: false,
        asks_elsewhere: false,
    }
}

fn anthropics_key() -> (&'static str, String) {
    ("ANTHROPIC_API_KEY", dummy("sk-ant-api03-"))
}

fn openais_key() -> (&'static str, String) {
    ("OPENAI_API_KEY", dummy("sk-"))
}

pub(super) fn claude_code() -> Client {
    let on = |name| (name, "1".to_owned());
    Client {
        program: vigil_tests::claude::installed().unwrap_or_else(|| missing("Claude Code")),
        before: words("-p"),
        after: words(
            "--model claude-sonnet-4-5 --allowedTools Bash,Read,Write,Task,Agent \
             --output-format json",
        ),
        variables: vec![
            anthropics_key(),
            on("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"),
            on("DISABLE_AUTOUPDATER"),
            on("DISABLE_TELEMETRY"),
            on("IS_SANDBOX"),
        ],
        names_session: true,
        ..client("Claude Code", "claude-code", Route::Settings, "claude")
    }
}

fn codex(title: &'static str) -> Client {
    Client {
        before: words("exec --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox"),
        variables: vec![openais_key(), ("CODEX_API_KEY", dummy("sk-"))],
        files: vec![(
            ".codex/config.toml",
            "model = \"gpt-5-codex\"\ncheck_for_update_on_startup = false\n\n\
             [analytics]\nenabled = false\n",
        )],
        names_session: true,
        asks_elsewhere: true,
        ..client(title, "codex", Route::Settings, "codex")
    }
}

pub(super) fn codex_over_a_websocket() -> Client {
    codex("Codex over a WebSocket")
}

pub(super) fn codex_without_websockets() -> Client {
    Client { refuses_sockets: true, ..codex("Codex without WebSockets") }
}

pub(super) fn gemini_cli() -> Client {
    Client {
        before: words("-m gemini-2.5-pro --approval-mode yolo --skip-trust -p"),
        variables: vec![
            ("GEMINI_API_KEY", "dummy".to_owned()),
            ("GEMINI_CLI_TRUST_WORKSPACE", "true".to_owned()),
            ("GEMINI_TELEMETRY_ENABLED", "false".to_owned()),
            ("GEMINI_CLI_NO_RELAUNCH", "true".to_owned()),
        ],
        files: vec![(
            ".gemini/settings.json",
            r#"{"general": {"enableAutoUpdate": false, "disableAutoUpdate": true, "disableUpdateNag": true},
                "privacy": {"usageStatisticsEnabled": false},
                "security": {"auth": {"selectedType": "gemini-api-key"}}}"#,
        )],
        ..client("Gemini CLI", "gemini-cli", Route::Exec, "gemini")
    }
}

fn copilot_cli(title: &'static str, provider: Vec<(&'static str, String)>) -> Client {
    let mut variables = provider;
    variables.push(("COPILOT_AUTO_UPDATE", "false".to_owned()));
    variables.push(("COPILOT_PROVIDER_API_KEY", dummy("sk-")));
    Client {
        before: words("--allow-all-tools --allow-all-paths --no-auto-update -p"),
        variables,
        ..client(title, "copilot-cli", Route::Exec, "copilot")
    }
}

pub(super) fn copilot_cli_with_openai() -> Client {
    copilot_cli(
        "Copilot CLI with OpenAI",
        vec![
            ("COPILOT_MODEL", "gpt-4o".to_owned()),
            ("COPILOT_PROVIDER_BASE_URL", "https://api.openai.com/v1".to_owned()),
        ],
    )
}

pub(super) fn copilot_cli_with_anthropic() -> Client {
    copilot_cli(
        "Copilot CLI with Anthropic",
        vec![
            ("COPILOT_PROVIDER_TYPE", "anthropic".to_owned()),
            // As it calls it.
            ("COPILOT_MODEL", "claude-sonnet-4.5".to_owned()),
            ("COPILOT_PROVIDER_BASE_URL", "https://api.anthropic.com".to_owned()),
        ],
    )
}

pub(super) fn opencode() -> Client {
    let on = |name| (name, "1".to_owned());
    // Its package for every machine is filled by a script of its own, which is not run here.
    let own = format!("opencode-{}", machine("x64-baseline"));
    Client {
        program: agents().join("node_modules").join(own).join("bin/opencode"),
        before: words("run"),
        after: words("--model anthropic/claude-sonnet-4-5 --auto"),
        variables: vec![
            anthropics_key(),
            on("OPENCODE_DISABLE_AUTOUPDATE"),
            on("OPENCODE_DISABLE_LSP_DOWNLOAD"),
            on("OPENCODE_DISABLE_SHARE"),
            on("OPENCODE_DISABLE_MODELS_FETCH"),
        ],
        files: vec![(
            ".config/opencode/opencode.json",
            r#"{"autoupdate": false, "share": "disabled"}"#,
        )],
        // It asks for a title.
        asides: 1,
        names_session: true,
        ..client("opencode", "opencode", Route::Exec, "opencode")
    }
}

pub(super) fn qwen_code() -> Client {
    Client {
        before: words("--yolo --auth-type openai -p"),
        variables: vec![
            openais_key(),
            ("OPENAI_MODEL", "gpt-4o".to_owned()),
            ("OPENAI_BASE_URL", "https://api.openai.com/v1".to_owned()),
        ],
        files: vec![(
            ".qwen/settings.json",
            r#"{"general": {"disableAutoUpdate": true, "enableAutoUpdate": false},
                "privacy": {"usageStatisticsEnabled": false}, "telemetry": {"enabled": false},
                "memory": {"enableManagedAutoMemory": false},
                "security": {"auth": {"selectedType": "openai"}}}"#,
        )],
        ..client("Qwen Code", "qwen-code", Route::Settings, "qwen")
    }
}

pub(super) fn pi() -> Client {
    Client {
        before: words("-p --provider anthropic --model claude-sonnet-4-5"),
        variables: vec![
            anthropics_key(),
            ("PI_SKIP_VERSION_CHECK", "1".to_owned()),
            ("PI_TELEMETRY", "0".to_owned()),
        ],
        ..client("pi", "pi", Route::Exec, "pi")
    }
}

pub(super) fn aider() -> Client {
    Client {
        program: agents().join("aider/bin/aider"),
        before: words(
            "--yes-always --no-git --no-check-update --analytics-disable --no-show-model-warnings \
             --no-gitignore --model openai/gpt-4o --edit-format diff --message",
        ),
        conversation: "edit",
        variables: vec![openais_key()],
        // It has no tools: what is to be done is in the answer's words.
        calls: 1,
        tool_calls: 0,
        ..client("aider", "aider", Route::Settings, "aider")
    }
}

fn sdk(title: &'static str, word: &'static str, script: &str) -> Client {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("agents");
    Client {
        program: agents().join("sdks/bin/python"),
        before: vec![scripts.join(script).to_str().unwrap().to_owned()],
        ..client(title, word, Route::Exec, "python")
    }
}

pub(super) fn anthropics_sdk() -> Client {
    Client {
        variables: vec![anthropics_key()],
        ..sdk("Anthropic's SDK", "anthropic", "sdk_anthropic.py")
    }
}

pub(super) fn openais_sdk_with_responses() -> Client {
    Client {
        variables: vec![openais_key()],
        ..sdk("OpenAI's SDK with Responses", "openai", "sdk_responses.py")
    }
}

pub(super) fn openais_sdk_with_chat_completions() -> Client {
    Client {
        variables: vec![openais_key()],
        ..sdk("OpenAI's SDK with Chat Completions", "openai", "sdk_chat.py")
    }
}

/// This machine as packages of programs name it.
fn machine(x64: &str) -> String {
    let system = std::env::consts::OS.replace("macos", "darwin");
    format!("{system}-{}", if cfg!(target_arch = "aarch64") { "arm64" } else { x64 })
}

/// Ends the test: a client that is not there is nothing to be passed over.
pub(super) fn missing(title: &str) -> PathBuf {
    panic!("{title} is not installed; `cargo xtask test \"agent clients\"` installs it")
}
