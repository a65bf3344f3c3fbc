//! The real Codex: a script of Node's that runs a native program, which runs the commands. It is too
//! large to be installed for each run of the tests; `VIGIL_TEST_CODEX` says where it is.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    thread,
};

use serde_json::{Value, json};

use super::rig::{Rig, chain, is_told};

const COMMAND: &str = "sleep 1; echo codex-step";

/// A model of the provider's that asks for one command, and then is done.
fn model() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(&stream));
        }
    });
    address
}

fn serve(stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let (status, body) = if first.starts_with("POST /v1/responses") {
            ("200 OK\r\ncontent-type: text/event-stream", answer(&body))
        } else {
            ("404 Not Found", "{}".to_owned())
        };
        write!(&*stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            .ok()?;
    }
}

fn answer(body: &Value) -> String {
    let is_done = body["input"].to_string().contains("function_call_output");
    let item = if is_done {
        let text = json!({"type": "output_text", "text": "CONVERSATION-ENDS", "annotations": []});
        json!({"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [text]})
    } else {
        let tools = body["tools"].to_string();
        let (tool, arguments) = if tools.contains("\"exec_command\"") {
            ("exec_command", json!({"cmd": COMMAND}))
        } else if tools.contains("\"shell_command\"") {
            ("shell_command", json!({"command": COMMAND}))
        } else {
            ("shell", json!({"command": ["bash", "-lc", COMMAND]}))
        };
        json!({
            "id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_1",
            "name": tool, "arguments": arguments.to_string(),
        })
    };
    let response = |status: &str, output: &[Value]| {
        json!({
            "id": if is_done { "resp_2" } else { "resp_1" },
            "object": "response", "created_at": 1, "status": status, "model": "m", "output": output,
            "usage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
        })
    };
    let events = [
        json!({"type": "response.created", "response": response("in_progress", &[])}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        json!({
            "type": "response.completed",
            "response": response("completed", std::slice::from_ref(&item)),
        }),
    ];
    let mut stream = String::new();
    for event in &events {
        let name = event["type"].as_str().unwrap();
        writeln!(stream, "event: {name}\ndata: {event}\n").unwrap();
    }
    stream
}

#[test]
fn codexs_script_and_its_program_are_one_agent() {
    let Some(codex) = env::var_os("VIGIL_TEST_CODEX").map(PathBuf::from) else {
        eprintln!("SKIPPED: VIGIL_TEST_CODEX does not say where Codex is");
        return;
    };
    if !is_told() {
        return;
    }
    let rig = Rig::new();
    let (_daemon, _vigil) = rig.up_with_daemon(&["--no-proxy"]);
    let folder = rig.home.user().join(".codex");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("config.toml"),
        format!(
            "model = \"gpt-5-codex\"\nmodel_provider = \"scripted\"\ncheck_for_update_on_startup = false\n\
             [analytics]\nenabled = false\n[model_providers.scripted]\nname = \"scripted\"\n\
             base_url = \"http://{}/v1\"\nwire_api = \"responses\"\nenv_key = \"SCRIPTED_KEY\"\n",
            model()
        ),
    )
    .unwrap();
    let output = rig
        .home
        .clean(codex, &["exec", "--skip-git-repo-check"])
        .args(["--dangerously-bypass-approvals-and-sandbox", "Do the step."])
        .current_dir(rig.work())
        .stdin(std::process::Stdio::null())
        .env("SCRIPTED_KEY", "none")
        .env("TERM", "dumb")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("CONVERSATION-ENDS"), "{}", String::from_utf8_lossy(&output.stderr));

    let script = rig.agent_ended("Do the step.");
    let all = rig.processes();
    let command = all.iter().find(|process| {
        process["text"].as_str().is_some_and(|text| text.ends_with(&format!("'{COMMAND}'")))
    });
    let command = command.unwrap();
    assert_eq!(command["detail"]["exit"], json!({"code": 0}));
    assert_eq!(command["client"], "codex");
    let chain = chain(&all, command);
    assert_eq!(chain.len(), 3, "the command, the program, the script: {chain:#?}");
    assert!(chain[2].starts_with("node "), "{chain:#?}");
    let root = &command["detail"]["root"];
    assert!(
        all.iter().filter(|process| &process["process"] == root).all(|process| {
            process["text"].as_str().is_some_and(|text| text.starts_with("node "))
        })
    );
    assert_eq!(script["client"], "codex");
}
