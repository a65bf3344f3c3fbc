//! Whether a browser's way to Vigil works: its manifest is read as the browser reads it, the program that it
//! names is started as the browser starts it, and greeted.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;
use vigil_platform::native_messaging::Browser;
use vigil_proto::browser::{EXTENSIONS, HOST};

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has ended, and how many times.
const GLANCE: Duration = Duration::from_millis(20);
const GLANCES: usize = 500;

/// What the extension says first.
const HELLO: &[u8] = br#"{"kind":"hello","version":"0"}"#;

/// What it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::command) enum Tried {
    /// The agent answered by it.
    Answers,
    /// The program is there and found no agent.
    Away,
}

/// Tries the way that the file `manifest` gives the browser.
///
/// # Errors
/// What is wrong with it, in words.
pub(in crate::command) fn tried(browser: &Browser, manifest: &Path) -> Result<Tried, String> {
    let at = manifest.display();
    let text = fs::read(manifest).map_err(|error| format!("{at} cannot be read: {error}"))?;
    let read: Value = serde_json::from_slice(&text).map_err(|_| format!("{at} is no manifest"))?;
    if read.get("name").and_then(Value::as_str) != Some(HOST) {
        return Err(format!("{at} has another name than {HOST}"));
    }
    let (list, own) = own(browser);
    let lets = read.get(list).and_then(Value::as_array);
    if !lets.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(&own))) {
        return Err(format!("{at} does not let Vigil's extension in"));
    }
    let program = read.get("path").and_then(Value::as_str).map(PathBuf::from);
    let program = program.ok_or_else(|| format!("{at} names no program"))?;
    let mut command = Command::new(&program);
    if browser.is_firefox {
        command.arg(manifest);
    }
    let child =
        command.arg(&own).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = child.spawn().map_err(|error| {
        format!("{at} names {}, which cannot be started: {error}", program.display())
    })?;
    let greeted = greet(&mut child);
    // It ends by itself once its pipe is closed; one that does not is not ours.
    let _ = child.kill();
    let code = child.wait().ok().and_then(|status| status.code());
    match (greeted, code) {
        (Some(true), _) => Ok(Tried::Answers),
        (Some(false), Some(3)) => Ok(Tried::Away),
        (Some(false), code) => Err(format!(
            "{} ended without an answer{}",
            program.display(),
            code.map(|code| format!(", with code {code}")).unwrap_or_default()
        )),
        (None, _) => Err(format!("{} did not answer in time", program.display())),
    }
}

/// True when it answered as Vigil does, false when it ended without; none when it did neither.
fn greet(child: &mut Child) -> Option<bool> {
    let (mut to, mut from) = (child.stdin.take()?, child.stdout.take()?);
    let length = u32::try_from(HELLO.len()).unwrap_or_default().to_ne_bytes();
    // One that has ended already is noticed below.
    let _ = to.write_all(&[&length, HELLO].concat());
    let (told, heard) = mpsc::channel();
    thread::spawn(move || {
        let mut head = [0; 4];
        let answer = from.read_exact(&mut head).ok().and_then(|()| {
            let mut text = Vec::new();
            from.take(u64::from(u32::from_ne_bytes(head)).min(4096)).read_to_end(&mut text).ok()?;
            serde_json::from_slice::<Value>(&text).ok()
        });
        let is_hello =
            answer.is_some_and(|said| said.get("kind").is_some_and(|kind| kind == "hello"));
        // Nobody waits any more: it took too long.
        let _ = told.send(is_hello);
    });
    let is_hello = heard.recv_timeout(PATIENCE).ok();
    drop(to);
    if is_hello == Some(false) {
        // Its end tells why; one that does not come is not waited for.
        for _ in 0..GLANCES {
            if child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            thread::sleep(GLANCE);
        }
    }
    is_hello
}

/// The list of a manifest in which the extension must stand, and how it stands there.
fn own(browser: &Browser) -> (&'static str, String) {
    let id = EXTENSIONS.iter().find(|id| id.contains('@') == browser.is_firefox);
    let id = id.copied().unwrap_or_default();
    if browser.is_firefox {
        ("allowed_extensions", id.to_owned())
    } else {
        ("allowed_origins", format!("chrome-extension://{id}/"))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

    use serde_json::json;
    use vigil_platform::native_messaging::Browser;

    use super::{HOST, Tried, own, tried};

    fn manifest(folder: &Path, browser: &Browser, script: &str) -> std::path::PathBuf {
        let program = folder.join("host");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        let (list, own) = own(browser);
        let path = folder.join("manifest.json");
        let text = json!({ "name": HOST, "path": program, list: [own] }).to_string();
        fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn a_host_that_answers_works_and_one_that_does_not_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for word in ["chromium", "firefox"] {
            let browser = Browser::of(word).unwrap();
            let tries = |script: &str| tried(browser, &manifest(folder.path(), browser, script));
            let says = "printf '\\020\\0\\0\\0{\"kind\":\"hello\"}'; cat > /dev/null";
            assert_eq!(tries(says), Ok(Tried::Answers), "{word}");
            assert_eq!(tries("exit 3"), Ok(Tried::Away), "{word}");
            assert!(tries("exit 4").unwrap_err().contains("code 4"), "{word}");
            assert!(tries("echo nothing that is a frame").is_err(), "{word}");
        }
    }

    #[test]
    fn a_manifest_that_is_not_ours_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let chromium = Browser::of("chromium").unwrap();
        let path = manifest(folder.path(), chromium, "exit 3");
        assert!(tried(Browser::of("firefox").unwrap(), &path).unwrap_err().contains("let"));
        fs::remove_file(folder.path().join("host")).unwrap();
        assert!(tried(chromium, &path).unwrap_err().contains("cannot be started"));
        fs::write(&path, "{").unwrap();
        assert!(tried(chromium, &path).unwrap_err().contains("no manifest"));
        fs::remove_file(&path).unwrap();
        assert!(tried(chromium, &path).unwrap_err().contains("cannot be read"));
    }
}
