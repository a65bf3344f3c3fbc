//! Whom the machine as a whole trusts: nobody of ours, unless a person had the root daemon do it. Then
//! the next one is trusted in the same way, and the former no more.

use std::path::Path;

use vigil_platform::trust::Store;
use vigil_proto::rpc::{BoundedBytes, CaStatus, Fingerprint, Refusal, Request, Response, Trust};

use crate::{
    daemon::{Daemon, DaemonError},
    source::proxy::Certificate,
};

/// What is asked of the machine. An error is why it cannot be done yet, in words.
pub(super) trait Machine: Send + Sync {
    /// Has `next` trusted where `current` is.
    fn follow(&self, current: &Certificate, next: &Certificate) -> Result<(), String>;

    /// Ends the trust in one that was installed.
    fn distrust(&self, former: Fingerprint) -> Result<(), String>;

    /// What is known of one. Changes nothing.
    fn known(&self, fingerprint: Fingerprint) -> Known;

    /// Has `current` trusted, as a person wants it.
    fn trust(&self, current: &Certificate) -> Result<(), String>;
}

/// The root daemon; without it, what can be read by everybody.
pub(super) struct Asked(pub(super) Daemon);

/// What is known of one certificate.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The daemon installed it for this user.
    pub(super) installed: bool,
    /// The machine trusts it.
    pub(super) trusted: bool,
    /// Why the daemon could not be asked.
    pub(super) silent: Option<DaemonError>,
}

impl Asked {
    fn look(&self, fingerprint: Fingerprint) -> Known {
        match self.0.ask(&Request::CaStatus { fingerprint }) {
            Ok(Response::CaStatus(CaStatus { installed, trust })) => {
                Known { installed, trusted: trust == Trust::Trusted, silent: None }
            }
            answer => {
                let trusted = Store::detect(Path::new("/"))
                    .and_then(|store| store.is_trusted(fingerprint))
                    .unwrap_or(false);
                let silent = answer.err().unwrap_or(DaemonError::Unexpected);
                Known { installed: false, trusted, silent: Some(silent) }
            }
        }
    }
}

impl Asked {
    /// Has the daemon install one; true when the machine trusts it then.
    fn install(&self, certificate: &Certificate) -> Result<bool, String> {
        let der = BoundedBytes::new(certificate.der().to_vec())
            .map_err(|_| "it is too long a certificate".to_owned())?;
        match self.0.ask(&Request::CaInstall { der }) {
            Ok(_) => Ok(self.look(certificate.fingerprint()).trusted),
            Err(why) => Err(why.to_string()),
        }
    }
}

impl Machine for Asked {
    fn follow(&self, current: &Certificate, next: &Certificate) -> Result<(), String> {
        let now = self.look(current.fingerprint());
        if !now.installed && !now.trusted || self.look(next.fingerprint()).trusted {
            return Ok(());
        }
        if let Some(why) = now.silent {
            return Err(format!(
                "the machine's trust in it, as it trusts the present one; the root daemon cannot be \
                 asked for that: {why}"
            ));
        }
        if !now.installed {
            return Err(
                "the machine's trust in it: somebody had the present one trusted, and not \
                        by the root daemon; have `next.pem` trusted in the same way"
                    .to_owned(),
            );
        }
        match self.install(next) {
            Ok(true) => Ok(()),
            Ok(false) => Err("the machine's trust in it, which it was told and has not".to_owned()),
            Err(why) => Err(format!("the machine's trust in it; the root daemon says: {why}")),
        }
    }

    fn distrust(&self, fingerprint: Fingerprint) -> Result<(), String> {
        let known = self.look(fingerprint);
        match known.silent {
            Some(why) if known.trusted => return Err(why.to_string()),
            // Somebody else's, or nobody's: not ours to take away.
            _ if !known.installed => return Ok(()),
            _ => {}
        }
        match self.0.ask(&Request::CaRemove { fingerprint }) {
            Ok(Response::CaRemoved) | Err(DaemonError::Refused(Refusal::CaUnknown)) => Ok(()),
            Ok(_) => Err(DaemonError::Unexpected.to_string()),
            Err(why) => Err(why.to_string()),
        }
    }

    fn known(&self, fingerprint: Fingerprint) -> Known {
        self.look(fingerprint)
    }

    fn trust(&self, current: &Certificate) -> Result<(), String> {
        match self.install(current) {
            Ok(true) => Ok(()),
            Ok(false) => Err("the machine was told to trust it, and does not".to_owned()),
            Err(why) => Err(why),
        }
    }
}

#[cfg(test)]
mod tests;
