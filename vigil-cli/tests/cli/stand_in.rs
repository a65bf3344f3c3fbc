//! A scripted stand-in for the agent: a process that waits, its run file, and an API on loopback
//! that notes what it is asked.

use std::{
    fs::{self, Permissions},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use serde_json::json;

use crate::home::Home;

const TOKEN: &str = "stand-in-token";
const LINK: &str = r#"{ "url": "http://localhost:1/login?once=abc", "seconds": 120 }"#;

/// The file in the home that a browser leaves: its link is used then.
pub(crate) const TOLD: &str = "told";

/// A running stand-in; its process ends with it, or when it is asked `down`.
pub(crate) struct StandIn {
    child: Arc<Mutex<Child>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    /// Starts one that answers `GET status` with `status`.
    pub(crate) fn start(home: &Home, status: &serde_json::Value) -> Self {
        let child = waiting_process();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        write_run_file(home, child.id(), &api);

        let stand_in =
            Self { child: Arc::new(Mutex::new(child)), asked: Arc::new(Mutex::new(Vec::new())) };
        let (child, asked) = (Arc::clone(&stand_in.child), Arc::clone(&stand_in.asked));
        let (status, told) = (status.to_string(), home.path(TOLD));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(stream, &status, &told, &child, &asked);
            }
        });
        stand_in
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// The request lines so far, of requests that carried the token.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        end(&self.child);
    }
}

/// A process that does nothing until its input ends.
pub(crate) fn waiting_process() -> Child {
    Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
}

/// Ends a process and waits for it.
pub(crate) fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap();
    drop(child.stdin.take());
    child.wait().unwrap();
}

/// `run/agent.json`, private.
pub(crate) fn write_run_file(home: &Home, pid: u32, api: &str) {
    let document = json!({ "pid": pid, "api": api, "token": TOKEN }).to_string();
    let path = home.write("vigil/run/agent.json", document);
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

fn answer(
    stream: TcpStream,
    status: &str,
    told: &Path,
    child: &Mutex<Child>,
    asked: &Mutex<Vec<String>>,
) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let length = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
        })
        .unwrap_or(0);
    drop(reader.read_exact(&mut vec![0; length]));

    let mut stream = reader.into_inner();
    let bearer = format!("authorization: bearer {TOKEN}");
    if !head.lines().any(|line| line.eq_ignore_ascii_case(&bearer)) {
        respond(&mut stream, "401 Unauthorized", "{}");
        return;
    }
    let request = head.lines().next().unwrap_or_default().to_owned();
    let ends = request.contains("/down");
    asked.lock().unwrap().push(request.clone());
    let body = match request.rsplit_once(' ').map_or("", |(asked, _)| asked) {
        "GET /api/v1/status" => status,
        "POST /api/v1/login-link" => LINK,
        "GET /api/v1/login-link?once=abc" if told.exists() => r#"{ "waiting": false }"#,
        "GET /api/v1/login-link?once=abc" => r#"{ "waiting": true }"#,
        "POST /api/v1/suppress" => r#"{ "id": 7, "findings": 1 }"#,
        "POST /api/v1/unsuppress" => r#"{ "findings": 2 }"#,
        _ => "{}",
    };
    respond(&mut stream, "200 OK", body);
    if ends {
        end(child);
    }
}

fn respond(stream: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    // A client that has gone needs no answer.
    drop(write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    ));
}
