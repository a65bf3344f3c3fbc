//! launchd says nothing of a key that it does not know, and a list with a fault in it is not started. So
//! every list of ours is read here as strictly as can be, and held to what launchd.plist(5) has.

use std::{collections::BTreeMap, fs, path::Path};

use vigil_proto::rpc::Port;

use super::super::{super::SOCKETS, super::tests::spec, files};

/// A value in a property list, of the kinds that launchd's lists have.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Dict(BTreeMap<String, Self>),
    Array(Vec<Self>),
    Text(String),
    Number(i64),
    Switch(bool),
}

use Value::{Array, Dict, Number, Switch, Text};

/// What stands before every list.
const HEAD: [&str; 2] = [
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    r#"<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">"#,
];

/// The rest of a list that is to be read.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    /// The next tag, and the text before it; comments are nothing.
    fn next(&mut self) -> Result<(String, &'a str), String> {
        let mut before = String::new();
        loop {
            let (text, rest) = self.0.split_once('<').ok_or("the list has no end")?;
            before.push_str(text);
            if let Some(comment) = rest.strip_prefix("!--") {
                let (words, rest) = comment.split_once("-->").ok_or("a comment has no end")?;
                if words.contains("--") {
                    return Err("a comment has `--` in it".to_owned());
                }
                self.0 = rest;
                continue;
            }
            let (tag, rest) = rest.split_once('>').ok_or("a tag has no end")?;
            self.0 = rest;
            return Ok((before, tag));
        }
    }

    /// The next tag, with nothing but space before it.
    fn tag(&mut self) -> Result<&'a str, String> {
        let (before, tag) = self.next()?;
        if before.trim().is_empty() { Ok(tag) } else { Err(format!("`{before}` before <{tag}>")) }
    }

    /// The text up to the end of `element`.
    fn text(&mut self, element: &str) -> Result<String, String> {
        let (text, tag) = self.next()?;
        if tag.strip_prefix('/') != Some(element) {
            return Err(format!("<{tag}> in <{element}>"));
        }
        let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let escapes = text.matches('&').count();
        let known = ["&lt;", "&gt;", "&amp;"].iter().map(|it| text.matches(it).count());
        if known.sum::<usize>() == escapes { Ok(plain) } else { Err(format!("`{text}`")) }
    }

    fn value(&mut self, tag: &str) -> Result<Value, String> {
        match tag {
            "true/" => Ok(Switch(true)),
            "false/" => Ok(Switch(false)),
            "string" => self.text(tag).map(Text),
            "integer" => {
                let text = self.text(tag)?;
                text.parse().map(Number).map_err(|_| format!("`{text}` is not a number"))
            }
            "array" => {
                let mut values = Vec::new();
                loop {
                    match self.tag()? {
                        "/array" => return Ok(Array(values)),
                        tag => values.push(self.value(tag)?),
                    }
                }
            }
            "dict" => {
                let mut values = BTreeMap::new();
                loop {
                    match self.tag()? {
                        "/dict" => return Ok(Dict(values)),
                        "key" => {
                            let key = self.text("key")?;
                            let tag = self.tag()?;
                            let value = self.value(tag)?;
                            if values.insert(key.clone(), value).is_some() {
                                return Err(format!("{key} is there twice"));
                            }
                        }
                        tag => return Err(format!("<{tag}> where a key should be")),
                    }
                }
            }
            tag => Err(format!("<{tag}> is nothing that launchd reads")),
        }
    }
}

/// The whole list.
fn read(text: &str) -> Result<BTreeMap<String, Value>, String> {
    let mut rest = text;
    for line in HEAD {
        rest = rest.strip_prefix(line).ok_or("another head")?.trim_start();
    }
    let mut reader = Reader(rest);
    if reader.tag()? != r#"plist version="1.0""# {
        return Err("no <plist>".to_owned());
    }
    let tag = reader.tag()?;
    let Dict(list) = reader.value(tag)? else { return Err("no <dict>".to_owned()) };
    if reader.tag()? != "/plist" || !reader.0.trim().is_empty() {
        return Err("something stands behind the list".to_owned());
    }
    Ok(list)
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && !text.contains("/../") && !text.contains("//")
}

/// Whether launchd knows this key, and takes such a value.
fn fault(key: &str, value: &Value) -> Option<String> {
    let is_fine = match (key, value) {
        ("Label" | "UserName" | "GroupName", Text(text)) => !text.is_empty(),
        (
            "Program" | "StandardInPath" | "StandardOutPath" | "StandardErrorPath"
            | "WorkingDirectory" | "RootDirectory",
            Text(text),
        ) => is_path(text),
        ("ProgramArguments", Array(words)) => {
            matches!(words.first(), Some(Text(program)) if is_path(program))
                && words.iter().all(|word| matches!(word, Text(_)))
        }
        (
            "RunAtLoad"
            | "KeepAlive"
            | "Disabled"
            | "InitGroups"
            | "AbandonProcessGroup"
            | "LowPriorityIO"
            | "LaunchOnlyOnce"
            | "EnableTransactions"
            | "SessionCreate",
            Switch(_),
        ) => true,
        ("KeepAlive", Dict(when)) => when.iter().all(|(key, value)| {
            matches!((key.as_str(), value), ("SuccessfulExit" | "Crashed", Switch(_)))
        }),
        ("ThrottleInterval" | "ExitTimeOut" | "StartInterval", Number(seconds)) => *seconds > 0,
        ("Umask", Number(mask)) => (0..=0o777).contains(mask),
        ("Nice", Number(nice)) => (-20..=20).contains(nice),
        ("ProcessType", Text(kind)) => {
            ["Background", "Standard", "Adaptive", "Interactive"].contains(&kind.as_str())
        }
        ("LimitLoadToSessionType", Text(kind)) => {
            ["Aqua", "Background", "LoginWindow", "System"].contains(&kind.as_str())
        }
        ("EnvironmentVariables", Dict(variables)) => {
            variables.values().all(|value| matches!(value, Text(_)))
        }
        ("HardResourceLimits" | "SoftResourceLimits", Dict(limits)) => {
            limits.iter().all(|(key, value)| {
                let known = [
                    "Core",
                    "CPU",
                    "Data",
                    "FileSize",
                    "MemoryLock",
                    "NumberOfFiles",
                    "NumberOfProcesses",
                    "ResidentSetSize",
                    "Stack",
                ];
                known.contains(&key.as_str()) && matches!(value, Number(0..))
            })
        }
        ("Sockets", Dict(sockets)) => {
            return sockets.iter().find_map(|(name, socket)| {
                let Dict(socket) = socket else { return Some(format!("the socket {name}")) };
                socket_fault(socket).map(|fault| format!("the socket {name}: {fault}"))
            });
        }
        _ => false,
    };
    (!is_fine).then(|| format!("{key}: {value:?}"))
}

fn socket_fault(socket: &BTreeMap<String, Value>) -> Option<String> {
    let has = |key: &str| socket.contains_key(key);
    // By a path, or by an address; never both.
    if has("SockPathName") == has("SockServiceName") || !has("SockType") {
        return Some("neither a path nor an address".to_owned());
    }
    socket.iter().find_map(|(key, value)| {
        let is_fine = match (key.as_str(), value) {
            ("SockType", Text(kind)) => ["stream", "dgram", "seqpacket"].contains(&kind.as_str()),
            ("SockFamily", Text(kind)) => ["IPv4", "IPv6", "Unix"].contains(&kind.as_str()),
            // Nobody else's machine.
            ("SockNodeName", Text(node)) => node == "127.0.0.1",
            ("SockServiceName", Text(port)) => {
                port.parse().is_ok_and(|port| Port::new(port).is_ok())
            }
            ("SockPathName", Text(path)) => {
                // launchd makes no folders, and this one is emptied at a start.
                let below = path.strip_prefix("/private/var/run/");
                path.len() <= 103 && below.is_some_and(|name| !name.contains('/'))
            }
            ("SockPathMode", Number(mode)) => (0..=0o777).contains(mode),
            ("SockPassive", Switch(passive)) => *passive,
            _ => false,
        };
        (!is_fine).then(|| format!("{key}: {value:?}"))
    })
}

/// Everything that is wrong with a list, by its file's name.
fn faults(name: &str, text: &str) -> Vec<String> {
    let list = match read(text) {
        Ok(list) => list,
        Err(fault) => return vec![fault],
    };
    let mut faults: Vec<String> =
        list.iter().filter_map(|(key, value)| fault(key, value)).collect();
    let label = name.strip_suffix(".plist").map(|label| Text(label.to_owned()));
    if list.get("Label") != label.as_ref() {
        faults.push("the label is not the file's name".to_owned());
    }
    if !list.contains_key("ProgramArguments") {
        faults.push("nothing is started".to_owned());
    }
    faults
}

/// The lists in the checkout.
fn shipped() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../launchd");
    let lists = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    lists
        .filter(|path| path.extension().is_some_and(|end| end == "plist"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

#[test]
fn every_list_that_is_shipped_is_one_that_launchd_takes() {
    let shipped = shipped();
    assert!(!shipped.is_empty());
    for (name, text) in shipped {
        assert_eq!(faults(&name, &text), [""; 0], "{name}");
    }
}

#[test]
fn the_agents_list_is_one_that_launchd_takes() {
    let mut asked = spec("/Library/Application Support/Vigil & more/<agent>");
    asked.taken = [Port::new(9080).ok(), None];
    for file in files(&asked).unwrap() {
        assert_eq!(faults(file.name, &file.text), [""; 0], "{}", file.text);
        let list = read(&file.text).unwrap();
        let Some(Dict(sockets)) = list.get("Sockets") else { panic!("no sockets") };
        let mut names = SOCKETS.map(str::to_owned).to_vec();
        names.sort();
        assert_eq!(sockets.keys().cloned().collect::<Vec<_>>(), names);
        let Some(Array(words)) = list.get("ProgramArguments") else { panic!("no program") };
        assert_eq!(words[0], Text("/Library/Application Support/Vigil & more/<agent>".to_owned()));
    }
}

#[test]
fn the_daemons_list_its_profile_and_its_code_name_the_same_places() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read_text = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
    let list = read(&read_text("../launchd/dev.vigil.vigild.plist")).unwrap();
    let (profile, places) = (read_text("../launchd/vigild.sb"), read_text("src/places/macos.rs"));

    let Some(Dict(sockets)) = list.get("Sockets") else { panic!("no sockets") };
    let Some(Dict(socket)) = sockets.get("vigild") else { panic!("no socket") };
    let Some(Text(socket)) = socket.get("SockPathName") else { panic!("no path") };
    for text in [&profile, &places] {
        assert!(text.contains(&format!("\"{socket}\"")), "{socket}");
    }
    let Some(Array(words)) = list.get("ProgramArguments") else { panic!("no program") };
    let Some(Text(program)) = words.last() else { panic!("no program") };
    assert_eq!(profile.matches(&format!("(literal \"{program}\")")).count(), 2);
    let Some(Text(log)) = list.get("StandardErrorPath") else { panic!("no log") };
    assert!(profile.contains(&format!("(literal \"{log}\")")));
}

/// Every bracket of the profile is closed, and nothing is allowed that is not named.
#[test]
fn the_daemons_profile_denies_what_it_does_not_name() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../launchd/vigild.sb");
    let text = fs::read_to_string(path).unwrap();
    let code = text.lines().map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>();
    let depth = code.iter().flat_map(|line| line.chars()).fold(0_i32, |depth, c| {
        assert!(depth >= 0);
        depth + i32::from(c == '(') - i32::from(c == ')')
    });
    assert_eq!(depth, 0);
    let code = code.join("\n");
    assert!(code.trim_start().starts_with("(version 1)\n(deny default)"));
    assert!(code.contains("(deny network*)"));
    assert!(!code.contains("(allow default") && !code.contains("(allow network*"));
    assert!(!code.contains("(allow file-read*)") && !code.contains("(allow process-exec)"));
}

#[test]
fn a_fault_is_found() {
    let (name, good) = shipped().remove(0);
    let change = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        faults(&name, &good.replacen(from, to, 1))
    };
    for (from, to) in [
        ("<key>RunAtLoad</key>", "<key>RunAtLaod</key>"),
        ("<integer>5</integer>", "<string>5</string>"),
        ("<string>Background</string>", "<string>Idle</string>"),
        ("<key>SockPathMode</key>", "<key>SockMode</key>"),
        ("<string>dev.vigil.vigild</string>", "<string>dev.vigil.other</string>"),
        ("<string>/usr/bin/sandbox-exec</string>", "<string>sandbox-exec</string>"),
        ("/private/var/run/vigild.sock", "/private/var/run/vigil/vigild.sock"),
        ("<key>Umask</key>", "<key>Label</key>"),
        ("<true/>", "<yes/>"),
        ("</plist>", "</plist><plist>"),
        ("<integer>30</integer>", "<integer>30</string>"),
        ("<string>-f</string>", "<string>&f;</string>"),
        ("<!--", "<!-- -- "),
    ] {
        assert_ne!(change(from, to), [""; 0], "{from} -> {to}");
    }
    assert_ne!(faults(&name, &good[..good.len() / 2]), [""; 0]);
}
