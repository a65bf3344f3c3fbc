//! Whether a browser's way to Vigil works: its manifest is read as the browser reads it, the program that it
//! names is started as the browser starts it, and greeted.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};
use vigil_platform::native_messaging::Browser;
use vigil_proto::browser::{EXTENSIONS, HOST};

use crate::command::fed::Fed;

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::command) enum Tried {
    /// The agent answered by it.
    Answers,
    /// The program is there and found no agent.
    Away,
}

/// What a browser starts for its extension.
#[derive(Debug)]
pub(in crate::command) struct NativeHost {
    program: PathBuf,
    /// As the browser gives them.
    arguments: Vec<OsString>,
}

impl NativeHost {
    /// The one that the file `manifest` gives the browser.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(in crate::command) fn named(browser: &Browser, manifest: &Path) -> Result<Self, String> {
        let at = manifest.display();
        let text = fs::read(manifest).map_err(|error| format!("{at} cannot be read: {error}"))?;
        let read: Value =
            serde_json::from_slice(&text).map_err(|_| format!("{at} is no manifest"))?;
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
        let about = fs::metadata(&program).map_err(|error| {
            format!("{at} names {}, which cannot be started: {error}", program.display())
        })?;
        if !about.is_file() || about.permissions().mode() & 0o111 == 0 {
            return Err(format!("{at} names {}, which is no program", program.display()));
        }
        let mut arguments = Vec::new();
        if browser.is_firefox {
            arguments.push(manifest.into());
        }
        arguments.push(own.into());
        Ok(Self { program, arguments })
    }

    pub(in crate::command) fn program(&self) -> &Path {
        &self.program
    }

    /// Starts it and says hello, as the extension does first.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(in crate::command) fn greet(&self) -> Result<Tried, String> {
        let program = self.program.display();
        let mut host = self
            .start(&frame(&json!({ "kind": "hello", "version": "0" })), PATIENCE)
            .map_err(|error| format!("{program} cannot be started: {error}"))?;
        let said = host.says(|said| !unframed(said).is_empty());
        let is_hello = |answer: &Value| answer.get("kind").is_some_and(|kind| kind == "hello");
        if unframed(&said).first().is_some_and(is_hello) {
            return Ok(Tried::Answers);
        }
        let late = || Err(format!("{program} did not answer in time"));
        if host.is_late() {
            return late();
        }
        // Its end tells why; one that does not come is not waited for.
        match host.code() {
            Ok(Some(3)) => Ok(Tried::Away),
            Ok(code) => Err(format!(
                "{program} ended without an answer{}",
                code.map(|code| format!(", with code {code}")).unwrap_or_default()
            )),
            Err(_) => late(),
        }
    }

    /// Starts it, says all of this, and gives what it answers, until there is an answer to each.
    ///
    /// # Errors
    /// It cannot be started.
    pub(in crate::command) fn ask(
        &self,
        said: &[Value],
        patience: Duration,
    ) -> io::Result<Vec<Value>> {
        let framed: Vec<u8> = said.iter().flat_map(frame).collect();
        // Whatever it does afterwards, it has answered.
        let answers =
            self.start(&framed, patience)?.says(|heard| unframed(heard).len() == said.len());
        Ok(unframed(&answers))
    }

    fn start(&self, input: &[u8], patience: Duration) -> io::Result<Fed> {
        Fed::start(&self.program, &self.arguments, input, patience)
    }
}

/// A frame of native messaging: its length in the machine's own order, and JSON.
fn frame(said: &Value) -> Vec<u8> {
    let text = said.to_string().into_bytes();
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    [length.to_ne_bytes().to_vec(), text].concat()
}

fn unframed(mut bytes: &[u8]) -> Vec<Value> {
    let mut answers = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_ne_bytes(*length) as usize;
        let Some((text, after)) = rest.split_at_checked(length) else { break };
        answers.extend(serde_json::from_slice::<Value>(text));
        bytes = after;
    }
    answers
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

    use super::{HOST, NativeHost, Tried, frame, own, unframed};

    fn tried(browser: &Browser, manifest: &Path) -> Result<Tried, String> {
        NativeHost::named(browser, manifest)?.greet()
    }

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

    #[test]
    fn frames_are_read_as_they_are_written() {
        let said = [json!({ "kind": "hello" }), json!({ "kind": "taken", "n": 1 })];
        let mut bytes: Vec<u8> = said.iter().flat_map(frame).collect();
        assert_eq!(unframed(&bytes), said);
        bytes.pop();
        assert_eq!(unframed(&bytes), said[..1]);
    }
}
