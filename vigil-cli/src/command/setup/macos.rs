//! What `vigil setup` does on macOS, for `--dry-run --platform macos`: every file that it writes, every
//! command that it runs and every call of the system's, in order. Made of what the code for macOS itself
//! is made of, where that can be had elsewhere. Nothing is looked at, so it is the plan for a Mac on which
//! all of the known clients and browsers are installed and nothing is done yet.

use std::path::{Path, PathBuf};

use vigil_platform::{
    native_messaging::BROWSERS,
    paths::MACOS_FOLDER,
    roots, routes,
    service::{Call, Spec, launchd},
    trust::user,
};
use vigil_proto::{Config, browser::HOST, rpc::Port};

use crate::{
    args::StepName,
    failure::Failure,
    route::{
        clients::{CLIENTS, Client, Way},
        telemetry::Telemetry,
    },
};

/// Where the package puts programs.
const PREFIX: &str = "/Library/Application Support/Vigil";

/// The lines of each step, in the steps' order.
pub(super) fn plan(home: &Path, uid: u32) -> Result<Vec<(StepName, Vec<String>)>, Failure> {
    let config = Config::default();
    let mac = Mac {
        home,
        uid,
        folder: home.join(MACOS_FOLDER),
        proxy: port(config.proxy.port)?,
        dashboard: port(config.dashboard.port)?,
    };
    Ok(vec![
        (StepName::Service, mac.service()?),
        (StepName::Ca, mac.ca()),
        (StepName::Trust, mac.trust()),
        (StepName::Route, mac.route()),
        (StepName::Browser, mac.browser()),
        (StepName::Dashboard, mac.dashboard()),
    ])
}

/// A user's Mac.
struct Mac<'a> {
    home: &'a Path,
    uid: u32,
    /// Of Vigil's own files.
    folder: PathBuf,
    proxy: Port,
    dashboard: Port,
}

impl Mac<'_> {
    fn service(&self) -> Result<Vec<String>, Failure> {
        let nothing = |_: &str| None;
        let folder = launchd::folder(self.home, &nothing);
        let spec = Spec {
            program: Path::new(PREFIX).join("libexec/vigil/vigil-agent"),
            proxy: self.proxy,
            dashboard: self.dashboard,
            taken: [None, None],
            environment: Vec::new(),
        };
        let files = launchd::files(&spec)
            .map_err(|error| Failure::new(error.to_string(), "report this as a fault"))?;
        let mut lines = vec![write(
            &self.folder.join("state/consent.json"),
            "that you agreed to what is recorded",
        )];
        for file in files {
            lines.push(write(&folder.join(file.name), "what launchd starts at every log-in"));
            lines.extend(file.text.lines().map(|line| format!("  + {line}")));
        }
        lines.extend(launchd::begin(&folder, self.uid).iter().map(run));
        lines.push(run(&launchd::ask(self.uid)));
        lines.push(
            "note: launchd holds both ports from then on; the agent takes them by \
             launch_activate_socket(\"proxy\") and launch_activate_socket(\"dashboard\")"
                .to_owned(),
        );
        lines.push(
            "note: macOS shows that a program was added that runs in the background; System \
             Settings, General, Login Items & Extensions has a switch for it"
                .to_owned(),
        );
        lines.extend(launchd::end(self.uid).iter().map(|call| format!("undo: {}", run(call))));
        lines.push(format!("undo: delete {}", folder.join(launchd::NAMES.concat()).display()));
        Ok(lines)
    }

    fn ca(&self) -> Vec<String> {
        let ca = self.folder.join("ca");
        vec![
            write(&ca.join("ca.key"), "the key, made here; it never leaves this Mac"),
            write(&ca.join("ca.pem"), "the certificate: the listed hosts alone, for a year"),
            write(&ca.join(roots::BUNDLE), "the system's certificates and this one"),
            "note: made by the agent, without the keychain: so an unsigned Vigil can have it, too"
                .to_owned(),
            "undo: overwrite and delete these three".to_owned(),
        ]
    }

    fn trust(&self) -> Vec<String> {
        let mut lines = vec![
            format!(
                "check: a TLS handshake with 127.0.0.1:{} for each client that is to be led, with \
                 what that client trusts",
                self.proxy.raw()
            ),
            "note: clients on the command line are told of the certificate by variables (next step); \
             nothing of the system's is changed for them"
                .to_owned(),
            "note: with --system-trust also these calls, by your own process and in your own domain, \
             for which macOS asks for Touch ID or your password:"
                .to_owned(),
        ];
        lines.extend(user::CALLS.iter().map(|call| format!("call {call}")));
        lines.extend(user::UNDOING_CALLS.iter().map(|call| format!("undo: call {call}")));
        lines
    }

    fn route(&self) -> Vec<String> {
        let ca = self.folder.join("ca");
        let way = Way {
            leads: true,
            telemetry: None,
            proxy: format!("http://127.0.0.1:{}", self.proxy.raw()),
            ca: ca.join("ca.pem"),
            bundle: ca.join(roots::BUNDLE),
        };
        let mut lines = vec![write(
            &self.folder.join("state").join(routes::NAME),
            "every edit, before it is made, so that exactly that can be taken back",
        )];
        for client in CLIENTS {
            lines.extend(self.client(client, &way));
        }
        lines.push(
            "note: no networksetup and no SCPreferences: the proxy settings of the Mac stay as they \
             are. Programs that follow them alone are not led yet on macOS"
                .to_owned(),
        );
        lines.push(
            "undo: take exactly these lines out again; what was changed since is left".to_owned(),
        );
        lines
    }

    fn client(&self, client: &Client, way: &Way) -> Vec<String> {
        let entries = client.entries(way);
        match client.settings(self.home, &|_| None) {
            Some((path, _)) => {
                let what = format!("{}, where it is installed", client.title);
                let mut lines = vec![write(&path, &what)];
                let set = entries.iter().map(|entry| format!("  + {}={}", entry.name, entry.value));
                lines.extend(set);
                if matches!(client.telemetry, Telemetry::File(_) | Telemetry::Variables) {
                    lines.push(
                        "  note: and where its telemetry goes, where that is configured".to_owned(),
                    );
                }
                lines
            }
            None => vec![format!(
                "note: {} reads no settings in time: start it with `vigil route exec {}`",
                client.title, client.program
            )],
        }
    }

    fn browser(&self) -> Vec<String> {
        let mut lines = vec![write(
            &self.folder.join("state"),
            "the script that a browser starts, and a note of every manifest",
        )];
        for browser in BROWSERS {
            if let Some(path) = browser.manifest_on_macos(self.home, HOST) {
                lines.push(write(&path, &format!("{}, where it is installed", browser.title)));
            }
        }
        lines.push(format!(
            "note: the extension itself you load: {PREFIX}/share/vigil/browser_extension"
        ));
        lines.push("undo: delete these, and the folders that Vigil made for them".to_owned());
        lines
    }

    fn dashboard(&self) -> Vec<String> {
        vec![
            format!(
                "check: nobody else can read {} (folders 0700, files 0600); where that is not so: call \
                 chmod(2)",
                self.folder.display(),
            ),
            format!(
                "note: it is at http://127.0.0.1:{}; `vigil open` runs /usr/bin/open with a link that \
                 is good once",
                self.dashboard.raw()
            ),
        ]
    }
}

fn port(number: u16) -> Result<Port, Failure> {
    Port::new(number).map_err(|_| {
        Failure::new(format!("{number} is not a port"), "set another one in the configuration")
    })
}

fn write(path: &Path, what: &str) -> String {
    format!("write {}: {what}", path.display())
}

fn run(call: &Call) -> String {
    format!("run {call}")
}

#[cfg(test)]
mod tests;
