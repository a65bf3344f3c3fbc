//! launchd: one property list for the agent with its ports in it.

use std::path::{Path, PathBuf};

use super::{Call, Lookup, MARK, ServiceError, Spec, UnitFile, plain};

const LABEL: &str = "dev.vigil.agent";
const LIST: &str = "dev.vigil.agent.plist";

/// The names of the files, whether they are there or not.
pub const NAMES: &[&str] = &[LIST];

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
    let environment = match &spec.vigil_home {
        None => String::new(),
        Some(home) => format!(
            "    <key>EnvironmentVariables</key>\n    <dict>\n        <key>VIGIL_HOME</key>\n        \
             <string>{}</string>\n    </dict>\n",
            escaped(plain(home)?)
        ),
    };
    let socket = |name: &str, port: vigil_proto::rpc::Port| {
        format!(
            "        <key>{name}</key>
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
    let sockets = [socket("proxy", spec.proxy), socket("dashboard", spec.dashboard)].concat();
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

/// The question how it stands.
pub fn ask(uid: u32) -> Call {
    launchctl(&["print", &target(uid)])
}

/// Whether what it answered to [`ask`] says that the agent runs.
pub fn is_running(answer: &str) -> bool {
    answer.lines().any(|line| line.trim() == "state = running")
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
