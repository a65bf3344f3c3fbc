//! `vigil guard` and `vigil hook`.

use clap::{Args as ClapArgs, Subcommand};
use vigil_proto::guard::Mode;

#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Guard {
    #[command(subcommand)]
    pub(crate) action: Option<GuardAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GuardAction {
    /// Write the hook into the client's own settings, which are shown before; or change the mode
    On {
        /// The client, such as claude-code; `all`: every installed one
        client: String,
        /// How far it goes: observe (as it begins), ask, deny
        #[arg(long, value_parser = mode)]
        mode: Option<Mode>,
        /// Only show what would be written
        #[arg(long)]
        dry_run: bool,
        /// Write without asking
        #[arg(long, short)]
        yes: bool,
    },
    /// Take out exactly what was written
    Off {
        /// The client, such as claude-code; `all`: every guarded one
        client: String,
        /// Only show what would be taken out
        #[arg(long)]
        dry_run: bool,
        /// As with `on`; nothing is asked here
        #[arg(long, short)]
        yes: bool,
    },
    /// How each client is guarded
    Status {
        /// Only this client
        client: Option<String>,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Hook {
    /// The client that asks, such as claude-code
    pub(crate) client: String,
}

fn mode(text: &str) -> Result<Mode, String> {
    text.parse().map_err(|_| {
        let words: Vec<_> = Mode::ALL.iter().map(|mode| mode.as_str()).collect();
        format!("give one of {}", words.join(", "))
    })
}
