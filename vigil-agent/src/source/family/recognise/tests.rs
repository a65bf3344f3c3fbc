use super::{arguments, recognise};

fn of(exe: &str, argv: &[&str]) -> Option<&'static str> {
    let argv: Vec<u8> = argv.iter().flat_map(|word| [word.as_bytes(), &[0]].concat()).collect();
    recognise(exe.as_bytes(), &argv)
}

#[test]
fn clients_are_told_by_their_file_and_their_arguments() {
    let node = "/usr/bin/node";
    for (client, exe, argv) in [
        ("claude-code", "/opt/a/claude-code-linux-x64/claude", &["/x/.bin/claude", "-p"][..]),
        ("claude-code", "/home/u/.local/share/claude/versions/2.1.330", &["claude"]),
        ("claude-code", "/home/u/.local/share/claude/versions/2.1.330 (deleted)", &["claude"]),
        ("claude-code", "/a/@anthropic-ai/claude-code/bin/claude.exe", &["claude"]),
        ("claude-code", node, &["node", "/a/node_modules/@anthropic-ai/claude-code/cli.js"]),
        ("claude-code", node, &["node", "--no-warnings", "/usr/local/bin/claude", "-p", "x"]),
        ("claude-code", node, &["claude", "", ""]),
        ("codex", node, &["node", "/a/node_modules/.bin/codex", "exec", "x"]),
        ("codex", "/a/vendor/x86_64-unknown-linux-musl/codex/codex", &["/a/vendor/codex", "exec"]),
        ("gemini-cli", node, &["node", "/usr/bin/gemini"]),
        ("gemini-cli", "/a/node20", &["/a/node20", "--max-old-space-size=4096", "/b/bin/gemini"]),
        ("qwen-code", node, &["node", "/b/node_modules/@qwen-code/qwen-code/cli.js"]),
        ("opencode", "/a/opencode-linux-x64/bin/opencode", &["opencode", "run"]),
        ("copilot-cli", node, &["node", "/usr/lib/node_modules/@github/copilot/index.js"]),
        ("copilot-cli", "/a/@github/copilot-linux-x64/copilot", &["copilot"]),
        ("pi", node, &["node", "/a/node_modules/@mariozechner/pi-coding-agent/dist/cli.js"]),
        ("pi", node, &["pi"]),
        ("aider", "/usr/bin/python3.12", &["/v/bin/python", "/v/bin/aider", "--yes"]),
        ("aider", "/usr/bin/python3", &["python3", "-m", "aider"]),
        ("cursor-agent", "/h/.local/share/cursor-agent/versions/1/node", &["agent", "index.js"]),
    ] {
        assert_eq!(of(exe, argv), Some(client), "{exe} {argv:?}");
    }
}

#[test]
fn what_only_looks_like_a_client_is_none() {
    let node = "/usr/bin/node";
    for (exe, argv) in [
        // The name alone is anybody's.
        ("/tmp/x", &["claude"][..]),
        ("/usr/bin/bash", &["claude"]),
        ("/usr/bin/vi", &["vi", "/a/node_modules/@openai/codex/bin/codex.js"]),
        // One file, another program.
        ("/opt/claude-code-linux-x64/claude", &["rg", "--files"]),
        ("/a/codex", &["codex-linux-sandbox"]),
        // The package is named, not run.
        (node, &["node", "-e", "1", "/usr/bin/claude"]),
        (node, &["node", "-r", "/usr/bin/claude", "/a/server.js"]),
        (node, &["node", "/a/server.js", "/usr/bin/claude"]),
        (node, &["node", "/srv/claude"]),
        (node, &["node", "/a/@anthropic-ai/claude-code-notes/x.js"]),
        (node, &["node", "/a/my@openai/codex/x.js"]),
        ("/usr/bin/python3", &["python3", "-m", "http.server"]),
        (node, &["node"]),
        (node, &[]),
    ] {
        assert_eq!(of(exe, argv), None, "{exe} {argv:?}");
    }
    assert_eq!(recognise(b"/usr/bin/\xff", b"claude\0"), None);
}

#[test]
fn a_program_whose_file_nobody_may_know_is_what_it_says_it_is() {
    assert_eq!(of("", &["/a/bin/codex", "exec"]), Some("codex"));
    assert_eq!(of("", &["node", "/usr/bin/gemini"]), Some("gemini-cli"));
    for argv in [&["rg", "claude"][..], &["node", "/a/server.js", "/usr/bin/claude"], &[]] {
        assert_eq!(of("", argv), None, "{argv:?}");
    }
}

#[test]
fn an_argument_may_be_empty_and_the_last_may_be_cut() {
    assert_eq!(arguments(b""), Vec::<String>::new());
    assert_eq!(arguments(b"a\0\0b\0"), ["a", "", "b"]);
    assert_eq!(arguments(b"a\0b"), ["a", "b"]);
    assert_eq!(arguments(b"a\xff\0"), ["a\u{fffd}"]);
}
