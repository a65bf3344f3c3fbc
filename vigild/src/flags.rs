//! The command line: nothing in service, a few paths in the plain mode that tests use. The daemon
//! reads no configuration, and of the environment only what the service manager says of the socket.

use std::{ffi::OsString, path::PathBuf};

use vigil_platform::{places, sealed};

use crate::limits::Limits;

/// What this process is for.
#[derive(Debug)]
pub(crate) enum Job {
    /// Starts the others.
    Start(Setup),
    /// Has everything put back that the journal says was changed, and ends.
    Undo(Setup),
    /// Answers callers.
    Read(Setup),
    /// Changes things.
    Mutate(Setup),
    /// Starts the programs that this takes.
    Help(Setup),
    /// Says these words, and is done.
    Say(&'static str),
}

/// Where things are, and whose.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// The socket to make; nothing when the service manager holds it.
    pub(crate) socket: Option<PathBuf>,
    /// The folder of the journal.
    pub(crate) state: PathBuf,
    /// Who may change something.
    pub(crate) enrolled: PathBuf,
    /// Below which the certificate store is; without it there is none, so that no test ever finds
    /// the machine's own.
    pub(crate) trust: Option<PathBuf>,
    /// The packet filter may be changed: always in service, and in tests only where it is not the
    /// machine's own.
    pub(crate) redirect: bool,
    /// Whose proxy setting may be changed.
    pub(crate) proxy: Proxied,
    /// The uid to whom all of this has to belong: root's in service.
    pub(crate) owner: u32,
    /// How long, and how often.
    pub(crate) limits: Limits,
    /// Everything is to be put back, and nobody is answered.
    pub(crate) undo: bool,
    /// Where to stop and wait to be killed; never set in a release build.
    pub(crate) stop_at: Option<String>,
}

/// A proxy setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proxied {
    /// The machine's: always in service.
    Machine,
    /// A file that stands for it in tests. The console is not asked then.
    File(PathBuf),
    /// None, so that no test ever finds the machine's own.
    Nobodys,
}

/// A wrong command line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Usage {
    #[error("an argument that vigild does not know, or one without its value")]
    Unknown,
    #[error("--socket, --state and --enrolled go together")]
    Together,
    #[error("--limits takes seven numbers")]
    Limits,
    #[error("vigild is started by the service manager, as root")]
    NotRoot,
}

/// What `--version` says.
const VERSION: &str = concat!("vigild ", env!("CARGO_PKG_VERSION"));

impl Usage {
    pub(crate) const TEXT: &str = "usage: vigild [--help | --version]\n       \
        vigild --socket PATH --state DIR --enrolled FILE [--trust-root DIR] [--redirect on]\n              \
        [--proxy-file PATH]\n       \
        (plain mode, for tests)\n       \
        vigild --undo all [--state DIR --enrolled FILE ...]\n\n\
        hint: the service manager starts it; `systemctl status vigild.socket` or \
        `launchctl print system/dev.vigil.vigild` says how it is";
}

pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Job, Usage> {
    let (mut socket, mut state, mut enrolled, mut part) = (None, None, None, None);
    let (mut trust, mut redirect, mut limits, mut stop_at) = (None, false, None, None);
    let (mut proxy, mut undo) = (Proxied::Nobodys, false);
    let mut arguments = arguments.peekable();
    let said = match arguments.peek().and_then(|first| first.to_str()) {
        Some("--help" | "-h") => Some(Usage::TEXT),
        Some("--version" | "-V") => Some(VERSION),
        _ => None,
    };
    if let Some(text) = said {
        return if arguments.count() == 1 { Ok(Job::Say(text)) } else { Err(Usage::Unknown) };
    }
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or(Usage::Unknown)?;
        match flag.to_str() {
            Some("--socket") => socket = Some(PathBuf::from(value)),
            Some("--state") => state = Some(PathBuf::from(value)),
            Some("--enrolled") => enrolled = Some(PathBuf::from(value)),
            Some("--trust-root") => trust = Some(PathBuf::from(value)),
            Some("--redirect") if value == "on" => redirect = true,
            Some("--proxy-file") => proxy = Proxied::File(PathBuf::from(value)),
            // What a part is told in service.
            Some("--proxy") if value == "machine" => proxy = Proxied::Machine,
            Some("--limits") => {
                let parsed = value.to_str().and_then(Limits::parse);
                limits = Some(parsed.ok_or(Usage::Limits)?);
            }
            Some("--undo") if value == "all" => undo = true,
            Some("--part") => part = value.into_string().ok(),
            // A debug build can be stopped where it hurts most; what is shipped cannot.
            Some("--stop-at") if cfg!(debug_assertions) => stop_at = value.into_string().ok(),
            _ => return Err(Usage::Unknown),
        }
    }
    let is_plain = match (&socket, &state, &enrolled) {
        (Some(_), Some(_), Some(_)) if !undo => true,
        (None, None, None)
            if limits.is_none()
                && stop_at.is_none()
                && trust.is_none()
                && !redirect
                && proxy == Proxied::Nobodys =>
        {
            false
        }
        (None, Some(_), Some(_)) if part.is_some() || undo => true,
        _ => return Err(Usage::Together),
    };
    if part.is_none() && proxy == Proxied::Machine {
        return Err(Usage::Unknown);
    }
    let owner = sealed::effective_uid();
    if !is_plain && owner != 0 {
        return Err(Usage::NotRoot);
    }
    let setup = Setup {
        socket,
        state: state.unwrap_or_else(|| places::state().to_owned()),
        enrolled: enrolled.unwrap_or_else(|| places::enrolment().to_owned()),
        trust: if is_plain { trust } else { Some(PathBuf::from("/")) },
        redirect: redirect || !is_plain,
        proxy: if is_plain { proxy } else { Proxied::Machine },
        owner,
        limits: limits.unwrap_or_default(),
        undo,
        stop_at,
    };
    match part.as_deref() {
        None if setup.undo => Ok(Job::Undo(setup)),
        None => Ok(Job::Start(setup)),
        Some("reader") => Ok(Job::Read(setup)),
        Some("mutator") => Ok(Job::Mutate(setup)),
        Some("helper") => Ok(Job::Help(setup)),
        Some(_) => Err(Usage::Unknown),
    }
}

impl Job {
    /// What it is called in the log.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Start(_) => "starter",
            Self::Undo(_) => "undo",
            Self::Read(_) => "reader",
            Self::Mutate(_) => "mutator",
            Self::Help(_) => "helper",
            Self::Say(_) => "vigild",
        }
    }
}

impl Setup {
    /// The command line of one of the parts.
    pub(crate) fn arguments(&self, part: &str) -> Vec<OsString> {
        let mut arguments: Vec<OsString> =
            vec!["--part".into(), part.into(), "--state".into(), self.state.clone().into()];
        arguments.extend(["--enrolled".into(), self.enrolled.clone().into()]);
        arguments.extend(["--limits".into(), self.limits.to_string().into()]);
        if let Some(trust) = &self.trust {
            arguments.extend(["--trust-root".into(), trust.into()]);
        }
        if self.redirect {
            arguments.extend(["--redirect".into(), "on".into()]);
        }
        match &self.proxy {
            Proxied::Machine => arguments.extend(["--proxy".into(), "machine".into()]),
            Proxied::File(path) => arguments.extend(["--proxy-file".into(), path.into()]),
            Proxied::Nobodys => {}
        }
        if self.undo {
            arguments.extend(["--undo".into(), "all".into()]);
        }
        if let Some(stop_at) = &self.stop_at {
            arguments.extend(["--stop-at".into(), stop_at.into()]);
        }
        arguments
    }
}

#[cfg(test)]
mod tests;
