//! How the agent is kept running, and when it did not record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{finding::words, time::Timestamp};

words! {
    /// Who started the agent.
    #[derive(Default)]
    StartedBy {
        /// Not known.
        #[default]
        Unknown = "unknown",
        /// The service manager, which starts it again when it dies.
        Service = "service",
        /// A person in a terminal, with which it ends.
        Terminal = "terminal",
        /// Something else, without a terminal.
        Other = "other",
    }
}

words! {
    /// How it stands with the service.
    #[derive(Default)]
    ServiceState {
        /// Not known.
        #[default]
        Unknown = "unknown",
        /// This machine has no service manager for users.
        NoManager = "no-manager",
        /// It is not installed.
        Absent = "absent",
        /// Its files are there.
        Installed = "installed",
    }
}

/// Whether the agent starts again by itself, in words; none where that is not known. `started_by` of one
/// that runs.
pub fn kept(service: ServiceState, started_by: Option<StartedBy>) -> Option<String> {
    let this = match started_by {
        Some(StartedBy::Terminal) => "; this agent was started in a terminal, and ends with it",
        Some(StartedBy::Other) => "; this agent was started by hand",
        None | Some(StartedBy::Unknown | StartedBy::Service) => "",
    };
    match (service, started_by) {
        (_, Some(StartedBy::Service)) => Some("runs the agent, and starts it again".to_owned()),
        (ServiceState::Unknown, _) => None,
        (ServiceState::NoManager, _) => {
            Some(format!("no service manager of yours runs here{this}"))
        }
        (ServiceState::Absent, _) => Some(format!("not installed{this}")),
        (ServiceState::Installed, None) => Some("installed, and does not run".to_owned()),
        (ServiceState::Installed, _) => Some(format!("installed{this}")),
    }
}

/// The command that starts an agent that does not run.
pub const fn start(service: ServiceState) -> &'static str {
    match service {
        ServiceState::Installed => "vigil service install",
        _ => "vigil up",
    }
}

/// How an agent that runs is started anew, as it is told to those who start it by hand.
pub const ANEW: &str = "`vigil down`, then `vigil up`";

/// How an agent that runs is started anew. A service that is stopped stays so until the next log-in, and
/// what is led to its ports is to be led there still.
pub const fn anew(service: ServiceState) -> &'static str {
    match service {
        ServiceState::Installed => "`vigil down --keep-routes`, then `vigil service install`",
        _ => ANEW,
    }
}

/// Gaps of the last day: when something was not recorded, or could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Gaps {
    /// How many.
    pub n: u64,
    /// When the latest was.
    pub last: Option<Timestamp>,
    /// How many, by reason.
    pub by: BTreeMap<String, u64>,
}

/// Processes were looked for in the system's table, as they are wherever the root daemon tells of none.
const SAMPLED: &str = "processes-sampled";

impl Gaps {
    /// True when there are none but those that every agent without the root daemon has.
    pub fn are_usual(&self) -> bool {
        !self.by.is_empty() && self.by.keys().all(|reason| reason == SAMPLED)
    }
}

#[cfg(test)]
mod tests {
    use super::{Gaps, ServiceState, StartedBy, anew, kept, start};

    #[test]
    fn what_every_agent_without_the_daemon_has_is_usual() {
        let gaps = |by: &[&str]| {
            let by = by.iter().map(|reason| ((*reason).to_owned(), 1));
            Gaps { n: by.len() as u64, by: by.collect(), ..Gaps::default() }
        };
        assert!(gaps(&["processes-sampled"]).are_usual());
        assert!(!gaps(&["processes-sampled", "pause"]).are_usual() && !gaps(&[]).are_usual());
    }

    #[test]
    fn a_service_is_started_as_one() {
        assert_eq!(start(ServiceState::Installed), "vigil service install");
        assert!(anew(ServiceState::Installed).ends_with("then `vigil service install`"));
        for state in [ServiceState::Absent, ServiceState::NoManager, ServiceState::Unknown] {
            assert_eq!(start(state), "vigil up");
            assert!(anew(state).ends_with("then `vigil up`"));
        }
    }

    #[test]
    fn it_is_said_whether_the_agent_starts_again_by_itself() {
        let words = |service, by| kept(service, by).unwrap_or_default();

        assert_eq!(kept(ServiceState::Unknown, None), None);
        assert!(words(ServiceState::Unknown, Some(StartedBy::Service)).starts_with("runs the"));
        assert_eq!(words(ServiceState::Absent, None), "not installed");
        assert_eq!(words(ServiceState::Installed, None), "installed, and does not run");
        let by_hand = words(ServiceState::Installed, Some(StartedBy::Terminal));
        assert!(by_hand.starts_with("installed; this agent") && by_hand.contains("ends with it"));
    }
}
