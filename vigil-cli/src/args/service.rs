//! `vigil service`.

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Service {
    #[command(subcommand)]
    pub(crate) action: Option<ServiceAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ServiceAction {
    /// Write the service's files, which are shown before, and start it
    Install(ServiceInstall),
    /// End it and delete exactly these files
    Uninstall {
        /// Only show what would be done
        #[arg(long)]
        dry_run: bool,
        /// As with `install`; nothing is asked here
        #[arg(long, short)]
        yes: bool,
    },
    /// How it stands
    Status,
    /// What the agent says about itself, as a service
    Logs(ServiceLogs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ServiceInstall {
    /// The dashboard's port; else the configured one, or the next free one
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// The proxy's port; else the configured one, or the next free one
    #[arg(long)]
    pub(crate) proxy_port: Option<u16>,
    /// Only show what would be written and run
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do it without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ServiceLogs {
    /// At most so many lines
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) lines: Option<std::num::NonZeroUsize>,
}
