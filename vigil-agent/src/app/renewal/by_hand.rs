//! What a person has done with the present authority, and not for another to follow: the machine's trust
//! in it, and taking it away. Each is on record.

use std::time::SystemTime;

use vigil_proto::report::{AuthorityRemoved, MachineTrust};

use super::Renewal;
use crate::source::proxy::{Certificate, Standing};

impl Renewal {
    /// Whether the machine trusts the present one. Changes nothing.
    pub(super) fn machine_trust(&self) -> MachineTrust {
        let current = self.0.authorities.standing(SystemTime::now()).current;
        let Some(fingerprint) = current.map(|current| current.fingerprint()) else {
            return MachineTrust {
                fingerprint: None,
                trusted: false,
                installed: false,
                daemon: None,
            };
        };
        let known = self.0.machine.known(fingerprint);
        MachineTrust {
            fingerprint: Some(fingerprint.to_string()),
            trusted: known.trusted,
            installed: known.installed,
            daemon: known.silent.map(|why| why.to_string()),
        }
    }

    /// Has the machine trust the present one; what it trusts already stays as it is.
    pub(super) fn have_trusted(&self) -> Result<(), String> {
        let now = SystemTime::now();
        let standing = self.0.authorities.standing(now);
        if let Some(unfit) = standing.unfit {
            return Err(format!("nothing is signed with it, so nobody is to trust it: {unfit}"));
        }
        let Some(current) = standing.current else {
            return Err("there is no certificate authority".to_owned());
        };
        if self.0.machine.known(current.fingerprint()).trusted {
            return Ok(());
        }
        self.0.machine.trust(&current)?;
        let words = format!("{} is trusted by the whole machine", current.fingerprint());
        self.change("authority trusted", now, words);
        Ok(())
    }

    /// Ends what the daemon installed for this user of all that there are. What somebody else had
    /// trusted is left.
    pub(super) fn end_trust(&self) -> Result<(), String> {
        let now = SystemTime::now();
        for certificate in self.every(now) {
            let fingerprint = certificate.fingerprint();
            let known = self.0.machine.known(fingerprint);
            self.0.machine.distrust(fingerprint)?;
            if known.installed {
                let words = format!("{fingerprint} is no longer trusted by the whole machine");
                self.change("authority distrusted", now, words);
            }
        }
        Ok(())
    }

    /// Ends the trust in all that there are, and removes them with their keys.
    pub(super) fn take_away(&self) -> Result<AuthorityRemoved, String> {
        self.end_trust()?;
        let now = SystemTime::now();
        let all = self.every(now).into_iter();
        let fingerprints: Vec<String> = all.map(|it| it.fingerprint().to_string()).collect();
        self.0.authorities.remove().map_err(|error| error.to_string())?;
        if !fingerprints.is_empty() {
            let words = format!("{} and its key were removed", fingerprints.join(", "));
            self.change("authority taken away", now, words);
        }
        Ok(AuthorityRemoved { fingerprints })
    }

    fn every(&self, now: SystemTime) -> Vec<Certificate> {
        let Standing { current, next, former, .. } = self.0.authorities.standing(now);
        current.into_iter().chain(next.map(|next| next.certificate)).chain(former).collect()
    }
}
