//! `vigil setup`, `vigil uninstall` and `vigil enroll`.

use clap::{Args as ClapArgs, ValueEnum};

#[derive(Debug, Default, ClapArgs)]
pub(crate) struct Setup {
    /// Take every step without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Only show what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take back what this step did, and what stands on it
    #[arg(long, value_enum, value_name = "STEP")]
    pub(crate) undo: Option<StepName>,
    /// Only these steps
    #[arg(long, value_enum, value_name = "STEP", conflicts_with = "undo")]
    pub(crate) only: Vec<StepName>,
    /// Have another certificate authority follow the present one, and lead clients to it
    #[arg(long, conflicts_with = "undo")]
    pub(crate) regenerate_ca: bool,
    /// Have the whole system trust the certificate, not only the clients that are led (Linux: by the root daemon)
    #[arg(long)]
    pub(crate) system_trust: bool,
    /// Do not have the service manager start the agent
    #[arg(long)]
    pub(crate) no_service: bool,
    /// Show the plan for this platform instead of this machine's
    #[arg(long, value_enum, requires = "dry_run")]
    pub(crate) platform: Option<SetupPlatform>,
    /// End there as a power cut would; builds for tests alone
    #[arg(long, value_name = "PLACE", hide = true)]
    pub(crate) test_stop_at: Option<String>,
}

/// What [`Setup`] does, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum StepName {
    /// The agent, started now and at every log-in
    Service,
    /// The certificate authority of this user on this machine
    Ca,
    /// Trust in it
    Trust,
    /// Clients and the system's proxy
    Route,
    /// The extension for web conversations
    Browser,
    /// The dashboard's token, and who may read which file
    Dashboard,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SetupPlatform {
    Linux,
    Macos,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Uninstall {
    /// Delete the record, the configuration and the keys as well
    #[arg(long)]
    pub(crate) purge_data: bool,
    /// Only show what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do it without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Where to end as in a power cut, for tests
    #[arg(long, value_name = "PLACE", hide = true)]
    pub(crate) test_stop_at: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Enroll {
    /// The user, by name or number; without it: who is enrolled
    pub(crate) user: Option<String>,
    /// Take the user off the list
    #[arg(long, requires = "user", conflicts_with = "admin")]
    pub(crate) remove: bool,
    /// Let the user see what the daemon has of every user, too
    #[arg(long, requires = "user")]
    pub(crate) admin: bool,
    /// The list, for tests; it is this user's then
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) test_file: Option<std::path::PathBuf>,
}
