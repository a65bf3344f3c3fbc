//! `vigil route`.

use clap::{Args as ClapArgs, Subcommand};

#[derive(Debug, ClapArgs)]
pub(crate) struct Route {
    #[command(subcommand)]
    pub(crate) action: Option<RouteAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RouteAction {
    /// Write it into the client's own settings, which are shown before
    On {
        /// The client, such as claude-code; `all`: every installed one
        client: String,
        /// Have it tell Vigil its own telemetry, too (Claude Code and Codex)
        #[arg(long)]
        telemetry: bool,
        /// Print a code that pairs the extension of a browser that may start no program (Snap, Flatpak)
        #[arg(long, conflicts_with_all = ["telemetry", "dry_run"])]
        paired: bool,
        /// Only show what would be written
        #[arg(long)]
        dry_run: bool,
        /// Write without asking
        #[arg(long, short)]
        yes: bool,
        /// Do not find out first whether the proxy runs and is trusted
        #[arg(long)]
        without_check: bool,
    },
    /// Take out exactly what was written
    Off {
        /// The client, such as claude-code; `all`: every routed one
        client: String,
        /// Only show what would be taken out
        #[arg(long)]
        dry_run: bool,
        /// As with `on`; nothing is asked here
        #[arg(long, short)]
        yes: bool,
    },
    /// Print the variables for a shell: eval "$(vigil route env)"
    Env {
        /// Only those of this client
        client: Option<String>,
        /// And those for its own telemetry (Claude Code)
        #[arg(long)]
        telemetry: bool,
        /// Do not find out first whether the proxy runs and is trusted
        #[arg(long)]
        without_check: bool,
    },
    /// Start a command with the variables set
    Exec {
        /// Have it tell Vigil its own telemetry, too (Claude Code)
        #[arg(long)]
        telemetry: bool,
        /// Do not find out first whether the proxy runs and is trusted
        #[arg(long)]
        without_check: bool,
        /// The command and its arguments
        #[arg(required = true, last = true)]
        command: Vec<std::ffi::OsString>,
    },
}
