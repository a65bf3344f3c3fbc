//! launchd: one property list for the agent with its ports in it.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use vigil_proto::rpc::Port;

use super::{
    Answer, Call, Installed, Lookup, MARK, ServiceError, Spec, Standing, Status, UnitFile,
    note_of_taken, plain, taken,
};

const LABEL: &str = "dev.vigil.agent";
const LIST: &str = "dev.vigil.agent.plist";

/// The names of the files, whether they are there or not.
pub const NAMES: &[&str] = &[LIST];

/// Links by which it is started: launchd reads the folder itself.
pub const LINKS: &[&str] = &[];

/// The service manager's folder for what this user wants.
pub fn folder(home: &Path, _env: &Lookup<'_>) -> PathBuf {
    home.join("Library/LaunchAgents")
}

/// The property list.
///
/// # Errors
/// A path that cannot be written in it.
pub fn files(spec: &Spec) -> Result<Vec<UnitFile>, ServiceError> {
    let program = escaped(plain(&spec.program)?);
    let variable = |(name, path): &(&str, PathBuf)| {
        let path = escaped(plain(path)?);
        Ok(format!("        <key>{name}</key>\n        <string>{path}</string>\n"))
    };
    let variables: String =
        spec.environment.iter().map(variable).collect::<Result<_, ServiceError>>()?;
    let environment = if variables.is_empty() {
        variables
    } else {
        format!("    <key>EnvironmentVariables</key>\n    <dict>\n{variables}    </dict>\n")
    };
    let socket = |name: &str, port: Port, instead_of: Option<Port>| {
        let note = note_of_taken(instead_of)
            .map_or_else(String::new, |note| format!("        <!-- {name}: {note} -->\n"));
        format!(
            "{note}        <key>{name}</key>
        <dict>
            <key>SockNodeName</key>
            <string>127.0.0.1</string>
            <key>SockServiceName</key>
            <string>{}</string>
            <key>SockFamily</key>
            <string>IPv4</string>
            <key>SockType</key>
            <string>stream</string>
        </dict>
",
            port.raw()
        )
    };
    let [instead_of_proxy, instead_of_dashboard] = spec.taken;
    let sockets = [
        socket("proxy", spec.proxy, instead_of_proxy),
        socket("dashboard", spec.dashboard, instead_of_dashboard),
    ]
    .concat();
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- {MARK}; `vigil uninstall` takes it away. -->
<plist version="1.0">
<dict>
    <key>Label</key>
    <string>{LABEL}</string>
    <key>ProgramArguments</key>
    <array>
        <string>{program}</string>
        <string>up</string>
    </array>
{environment}    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>ThrottleInterval</key>
    <integer>5</integer>
    <key>ExitTimeOut</key>
    <integer>60</integer>
    <key>Sockets</key>
    <dict>
{sockets}    </dict>
    <key>Umask</key>
    <integer>63</integer>
    <key>ProcessType</key>
    <string>Background</string>
    <key>HardResourceLimits</key>
    <dict>
        <key>Core</key>
        <integer>0</integer>
    </dict>
</dict>
</plist>
"#
    );
    Ok(vec![UnitFile { name: LIST, text }])
}

/// The commands that start what was written.
pub fn begin(folder: &Path, uid: u32) -> Vec<Call> {
    let list = folder.join(LIST).display().to_string();
    vec![launchctl(&["enable", &target(uid)]), launchctl(&["bootstrap", &domain(uid), &list])]
}

/// The commands that end it, before its file is deleted or replaced: a list that is loaded is not read
/// again.
pub fn end(uid: u32) -> Vec<Call> {
    vec![launchctl(&["bootout", &target(uid)])]
}

/// The commands for when it is deleted: none.
pub const fn after() -> Vec<Call> {
    Vec::new()
}

/// Every user has one.
pub const fn is_there(_env: &Lookup<'_>, _uid: u32) -> bool {
    true
}

/// The commands that end it and keep it for the next log-in.
pub fn halt(uid: u32) -> Vec<Call> {
    end(uid)
}

/// Takes from the list's text what it says.
pub fn read(text: &str, installed: &mut Installed) {
    let string_after = |text: &str, mark: &str| {
        let (_, rest) = text.split_once(mark)?;
        let (_, rest) = rest.split_once("<string>")?;
        rest.split_once("</string>").map(|(value, _)| value.to_owned())
    };
    let port = |name: &str| {
        let (_, of_it) = text.split_once(&format!("<key>{name}</key>"))?;
        let port = string_after(of_it, "<key>SockServiceName</key>")?;
        Port::new(port.parse().ok()?).ok()
    };
    installed.proxy = port("proxy");
    installed.dashboard = port("dashboard");
    let note = |name: &str| {
        let (_, of_it) = text.split_once(&format!("<!-- {name}: "))?;
        taken(of_it.split("-->").next()?)
    };
    installed.taken = [note("proxy"), note("dashboard")];
    let home = string_after(text, "<key>VIGIL_HOME</key>");
    installed.vigil_home = home
        .map(|home| home.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").into());
}

/// The question whether there is a service manager: none where the user has no session of its own.
pub fn presence(uid: u32) -> Call {
    launchctl(&["print", &domain(uid)])
}

/// launchd's home is the user's.
pub const fn home(_answer: &str) -> Option<&str> {
    None
}

/// The question how it stands.
pub fn ask(uid: u32) -> Call {
    launchctl(&["print", &target(uid)])
}

/// What the answer to [`ask`] says. It is refused for what is not loaded; what is loaded has its ports
/// held, and is loaded again at every log-in.
pub fn standing(answer: &Answer) -> Standing {
    let of = |name: &str| {
        let mut lines = answer.text.lines().map(str::trim);
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
    };
    let is_loaded = answer.is_ok;
    let status = match of("state") {
        _ if !is_loaded => Status::Stopped,
        Some("running") => Status::Running,
        _ => Status::Waiting,
    };
    let runs: Option<u32> = of("runs").and_then(|runs| runs.parse().ok());
    let code = of("last exit code").filter(|code| *code != "0" && *code != "(never exited)");
    Standing {
        status,
        pid: of("pid").and_then(|pid| pid.parse().ok()),
        restarts: runs.map(|runs| runs.saturating_sub(1)),
        held: [is_loaded; 2],
        at_login: is_loaded,
        result: code.map(|code| format!("exit code {code}")),
    }
}

/// It keeps nothing: the agent has its own log.
pub const fn log(_lines: usize) -> Option<Call> {
    None
}

/// Nothing has to be set.
pub const fn stand_in(_name: &str) -> Option<OsString> {
    None
}

fn domain(uid: u32) -> String {
    format!("gui/{uid}")
}

fn target(uid: u32) -> String {
    format!("gui/{uid}/{LABEL}")
}

fn launchctl(arguments: &[&str]) -> Call {
    Call::new("launchctl", arguments)
}

fn escaped(path: &str) -> String {
    path.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
