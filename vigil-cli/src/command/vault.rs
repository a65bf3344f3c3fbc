//! `vigil vault`, `reveal` and `purge`. The vault's private key is in the user's keystore and is
//! fetched here, by the person's own command; the agent has what it opens and never the key.

use std::{
    env,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    str,
};

use vigil_platform::{
    keystore::{Key, Keystore, KeystoreError},
    paths::Paths,
    private,
};
use vigil_proto::{
    hex,
    report::FindingRow,
    vault::{InClear, PurgeOrder, Purged, RevealOrder, Revealed, VaultOn, VaultStatus},
};
use vigil_store::vault::{MasterKey, VaultError};

use super::Outcome;
use crate::{
    agent::Agent,
    args,
    failure::{Exit, Failure},
    store,
    terminal::{Console, count, plain},
};

/// Digits of the public key in the name of its private half.
const NAMED_BY: usize = 16;

pub(super) fn run(args: &args::Vault, paths: &Paths, console: &mut Console) -> Outcome {
    let agent = Agent::require(paths)?;
    match args.action {
        None => show(&agent.read("vault")?, console),
        Some(args::VaultAction::On) => on(&agent, console),
        Some(args::VaultAction::Off { yes }) => off(&agent, yes, console),
    }
}

fn on(agent: &Agent, console: &mut Console) -> Outcome {
    let before: VaultStatus = agent.read("vault")?;
    if before.on {
        return show(&before, console);
    }
    let keystore = keystore()?;
    let master = MasterKey::generate();
    let public = hex::encode(master.public().bytes());
    let name = name(&public);
    keystore.store(&name, &Key::new(*master.bytes())).map_err(|error| refused(&error))?;
    match agent.order_with::<VaultStatus>("vault/on", &VaultOn { public }) {
        Ok(status) => show(&status, console),
        Err(failure) => {
            // A key that nothing is sealed to is nothing to keep.
            let _ = keystore.delete(&name);
            Err(failure)
        }
    }
}

fn off(agent: &Agent, yes: bool, console: &mut Console) -> Outcome {
    let before: VaultStatus = agent.read("vault")?;
    let words = format!(
        "Values that nobody can read any more then: {}. Switch the vault off?",
        count(before.values)
    );
    if !agreed(yes, &words, console)? {
        return Ok(Exit::Failed);
    }
    let purged: Purged = agent.order("vault/off")?;
    if let Some(public) = &before.public {
        // Nothing is left that it opens.
        let deleted = keystore().map(|keystore| keystore.delete(&name(public)));
        if !matches!(deleted, Ok(Ok(()))) {
            console.say(
                "warning: the vault's key is still in the keystore; it opens nothing any more",
            );
        }
    }
    told(purged, console)
}

/// `vigil purge`.
pub(super) fn purge(args: &args::Purge, paths: &Paths, console: &mut Console) -> Outcome {
    let finding = match &args.id {
        Some(id) => Some(named(id, paths)?.id),
        None => None,
    };
    let agent = Agent::require(paths)?;
    let words = match finding {
        Some(_) => "Its value cannot be shown any more then. Delete it?",
        None => "No value that was found so far can be shown any more then. Delete them all?",
    };
    if !agreed(args.yes, words, console)? {
        return Ok(Exit::Failed);
    }
    let purged: Purged = agent.order_with("vault/purge", &PurgeOrder { finding })?;
    if finding.is_some() && purged.values == 0 {
        if console.json {
            console.document("purge", purged)?;
        } else {
            console.say("The vault has no value of this finding; nothing was deleted.");
        }
        return Ok(Exit::Failed);
    }
    told(purged, console)
}

/// `vigil reveal`.
pub(super) fn reveal(args: &args::Reveal, paths: &Paths, console: &mut Console) -> Outcome {
    let finding = named(&args.id, paths)?;
    let agent = Agent::require(paths)?;
    if !io::stdin().is_terminal() {
        return Err(Failure::new(
            "a value is shown only to a person at a terminal",
            "run `vigil reveal` in a terminal of your own; its output may go elsewhere",
        ));
    }
    let keystore = keystore()?;
    let revealed: Revealed =
        agent.order_with("vault/reveal", &RevealOrder { finding: finding.id })?;
    let key = keystore.load(&name(&revealed.public)).map_err(|error| refused(&error))?;
    let key = key.ok_or_else(|| {
        Failure::new(
            "the keystore does not have the vault's key any more",
            "what is sealed to it stays closed; `vigil vault off`, then `vigil vault on` begins anew",
        )
    })?;
    let master = MasterKey::from_bytes(*key.bytes());
    let bytes = |digits: &str| hex::decode(digits).ok_or(VaultError::Damaged);
    let opened = bytes(&revealed.wrapped)
        .and_then(|wrapped| master.open(&wrapped, &bytes(&revealed.sealed)?))
        .map_err(|error| {
            Failure::new(error.to_string(), "`vigil purge` deletes what is damaged")
        })?;
    let value = str::from_utf8(&opened).unwrap_or_default();
    if console.json {
        let rule = &finding.rule;
        console.document("reveal", InClear { id: finding.id, rule, value })?;
    } else {
        let mut out = io::stdout().lock();
        if out.is_terminal() {
            // A value is no word to the terminal.
            for line in value.lines() {
                writeln!(out, "{}", plain(line))?;
            }
        } else {
            writeln!(out, "{value}")?;
        }
    }
    Ok(Exit::Ok)
}

fn named(id: &str, paths: &Paths) -> Result<FindingRow, Failure> {
    let why = match store::open(paths)? {
        Some(reader) => reader.why(id)?,
        None => None,
    };
    let why = why.ok_or_else(|| {
        Failure::new(format!("there is no finding `{id}`"), "`vigil findings` lists them")
    })?;
    Ok(why.finding)
}

fn show(status: &VaultStatus, console: &mut Console) -> Outcome {
    if console.json {
        console.document("vault", status)?;
        return Ok(Exit::Ok);
    }
    if status.on {
        console.line(format_args!(
            "The vault is on. Values: {}. Each can be shown for {} days after it was last seen.",
            count(status.values),
            status.days
        ))?;
        console
            .say("`vigil reveal ID` shows one, `vigil purge` deletes, `vigil vault off` ends it");
    } else {
        console.line("The vault is off: of what is found, the clear value is kept nowhere.")?;
        if keystore().is_ok() {
            console.say("`vigil vault on` keeps values sealed, for you alone");
        }
    }
    if let Err(failure) = keystore() {
        let what =
            if status.on { "no value can be shown here" } else { "it cannot be switched on here" };
        console.warn(format_args!("{what}: {}; {NO_KEYSTORE}", plain(&failure.what())));
    }
    if let Some(trouble) = &status.trouble {
        console.say(format_args!("warning: {}", plain(trouble)));
    }
    Ok(Exit::Ok)
}

fn told(purged: Purged, console: &mut Console) -> Outcome {
    if console.json {
        console.document("purge", purged)?;
    } else {
        console.line(format_args!(
            "Values deleted: {}, keys of days destroyed: {}",
            count(purged.values),
            count(purged.keys)
        ))?;
    }
    Ok(Exit::Ok)
}

fn agreed(yes: bool, words: &str, console: &mut Console) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if console.json || !io::stdin().is_terminal() {
        return Err(Failure::new(
            "nobody is there to be asked, so nothing was deleted",
            "`--yes` does it without asking",
        ));
    }
    console.say(format_args!("{words} [y/N]"));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let agreed = matches!(answer.trim(), "y" | "Y" | "yes");
    if !agreed {
        console.say("Nothing was deleted.");
    }
    Ok(agreed)
}

fn keystore() -> Result<Keystore, Failure> {
    Keystore::open(&|name| env::var_os(name)).map_err(|error| refused(&error))
}

const NO_KEYSTORE: &str = "without a keystore there is no vault: unlock your keychain or keyring, or \
     install one with the Secret Service (GNOME Keyring, KWallet)";

fn refused(error: &KeystoreError) -> Failure {
    Failure::new(error.to_string(), NO_KEYSTORE)
}

/// Deletes the key of the vault of these places from the keystore; false where there is no vault.
pub(super) fn forget_key(paths: &Paths) -> Result<bool, Failure> {
    let Some(public) = private::read(&paths.state().join("vault/public"))? else {
        return Ok(false);
    };
    let deleted = keystore()?.delete(&name(&hex::encode(&public)));
    deleted.map(|()| true).map_err(|error| refused(&error))
}

/// What the private half is called in the keystore: two homes have two vaults.
fn name(public: &str) -> String {
    format!("vault-{}", public.get(..NAMED_BY).unwrap_or_default())
}
