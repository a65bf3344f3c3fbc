//! What a person is told before anything is recorded, and that they agreed to it. It is asked once for
//! each version of these words.

use std::io::{self, BufRead as _};

use serde::{Deserialize, Serialize};
use vigil_platform::{paths::Paths, private};
use vigil_proto::{Config, Timestamp};

use super::Context;
use crate::{
    failure::Failure,
    stop,
    terminal::{BOLD, Console, plain},
};

/// Counts up when the words below say something else.
const VERSION: u32 = 1;
/// Where it is kept, in the folder of Vigil's state.
const NAME: &str = "consent.json";

/// What was agreed to.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    version: u32,
    at: Timestamp,
}

/// How it stands, in the words of `vigil.setup/1`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Consented {
    version: u32,
    pub(super) agreed: bool,
    /// What is agreed to; nothing once it is.
    words: Vec<String>,
}

/// Whether it was agreed to. A note that cannot be read is none.
pub(super) fn look(paths: &Paths) -> Result<Consented, Failure> {
    let bytes = private::read(&paths.state().join(NAME))?;
    let kept: Option<Kept> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let agreed = kept.is_some_and(|kept| kept.version >= VERSION);
    Ok(Consented { version: VERSION, agreed, words: Vec::new() })
}

/// Shows it where it was not agreed to, and asks unless that was said beforehand. None: not agreed.
pub(super) fn ask(
    consented: Consented,
    context: &Context<'_>,
    console: &mut Console,
) -> Result<Option<Consented>, Failure> {
    if consented.agreed {
        return Ok(Some(consented));
    }
    let words = words(&context.config, context.paths);
    if !console.json {
        console.line(format_args!("{BOLD}What Vigil does here{BOLD:#}"))?;
        for line in &words {
            console.line(format_args!("  {}", plain(line)))?;
        }
        console.line("")?;
    }
    let mut consented = Consented { words, ..consented };
    if context.args.dry_run {
        return Ok(Some(consented));
    }
    if !context.args.yes {
        console.say("Go on? [y/N]");
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Ok(None);
        }
    }
    stop::at("consent-before");
    context.paths.make(&[context.paths.state()])?;
    let kept = Kept { version: VERSION, at: Timestamp::from(std::time::SystemTime::now()) };
    private::write(&context.paths.state().join(NAME), &serde_json::to_vec_pretty(&kept)?)?;
    stop::at("consent-after");
    consented.agreed = true;
    Ok(Some(consented))
}

/// Forgets it, so that it is asked for again.
pub(super) fn forget(paths: &Paths) -> Result<(), Failure> {
    let path = paths.state().join(NAME);
    match std::fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Failure::File { operation: "remove", path, source })
        }
        _ => Ok(()),
    }
}

fn words(config: &Config, paths: &Paths) -> Vec<String> {
    let days = |days: u32| match days {
        0 => "for ever".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    let kept = &config.retention;
    let masked = "Secrets that are recognised are masked before anything is stored; no rule \
                  recognises all.";
    vec![
        "Recorded: what AI agents on this account are asked, answer and do (prompts, answers, tool \
         calls, commands, installs), from their own files and from the traffic of the clients that \
         are led through a proxy of yours."
            .to_owned(),
        format!(
            "The proxy decrypts these hosts and no other: {}. Its certificates are made on this \
             machine, for these hosts alone.",
            config.proxy.hosts.join(", ")
        ),
        masked.to_owned(),
        format!(
            "Kept in {}, readable by you alone. Nothing of it leaves this machine.",
            paths.data().display()
        ),
        format!(
            "For how long: conversations {}, activity {}, Vigil's own notes {} ([retention] in {}).",
            days(kept.conversation_days),
            days(kept.activity_days),
            days(kept.system_days),
            paths.config_file().display()
        ),
        "Pause: `vigil pause`, and `vigil resume`. Leave out projects, hosts or clients: [exclude] in \
         the configuration. Forget: `vigil forget SESSION` or `vigil forget --project FOLDER`."
            .to_owned(),
        "Out again: `vigil setup --undo STEP` or `vigil uninstall`; with --purge-data the record goes \
         as well."
            .to_owned(),
        "Others who use this account, or talk to your agents, are recorded too: tell them.".to_owned(),
    ]
}
