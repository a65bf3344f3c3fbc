//! The real Claude Code, run through one whole scripted conversation.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::vigil::{Home, binary};

/// The client's own binary, if it is installed.
///
/// # Panics
/// In continuous integration, when it is not.
pub fn installed() -> Option<PathBuf> {
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let system = std::env::consts::OS.replace("macos", "darwin");
    let agents = binary("vigil").parent()?.parent()?.join("agents/node_modules/@anthropic-ai");
    let path = agents.join(format!("claude-code-{system}-{machine}/claude"));
    if !path.exists() {
        eprintln!("SKIPPED: Claude Code is not installed; `cargo xtask test` installs it");
        assert!(std::env::var_os("CI").is_none(), "CI must run the real client");
        return None;
    }
    Some(path)
}

/// Its working folder, in which the conversation reads `settings.env`.
pub fn work(home: &Home, settings: &str) -> PathBuf {
    let work = home.root().join("work");
    fs::create_dir_all(&work).unwrap();
    fs::write(work.join("settings.env"), settings).unwrap();
    work
}

/// The client asking for `conversation` in the folder `work`; how it reaches the model is for the
/// caller to add.
pub fn asking(home: &Home, claude: PathBuf, work: &Path, conversation: &str) -> Command {
    let prompt = format!("[[conversation:{conversation}]] FOLDER={} Do the steps.", work.display());
    let mut command = home
        .clean(claude, &["-p", &prompt, "--model", "claude-sonnet-4-5", "--output-format", "json"]);
    command
        .args(["--allowedTools", "Bash,Read,Write,Task,Agent"])
        .current_dir(work)
        .env("ANTHROPIC_API_KEY", ["sk-ant-", "api03-dummy"].concat())
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .env("DISABLE_AUTOUPDATER", "1")
        .env("DISABLE_TELEMETRY", "1")
        .env("IS_SANDBOX", "1")
        .env("TERM", "dumb");
    command
}

/// Runs it to the conversation's end, and gives the number that its process had.
///
/// # Panics
/// When it does not come there.
pub fn finish(mut command: Command) -> u32 {
    let client = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = client.id();
    let output = client.wait_with_output().unwrap();
    let (said, words) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        said.contains("CONVERSATION-ENDS"),
        "the client did not finish: {}\n{said}\n{words}",
        output.status
    );
    pid
}
