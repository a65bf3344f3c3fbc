//! `vigil route env` and `vigil route exec`: the way through the proxy for one shell or one command.

use std::{ffi::OsString, os::unix::process::CommandExt as _, path::Path, process::Command};

use serde::Serialize;
use vigil_platform::paths::Paths;

use super::{Outcome, Proxy, Wish, client, tells_nothing, variable};
use crate::{
    failure::{Exit, Failure},
    route::{
        clients::{CLIENTS, Client, all_entries},
        edit::Entry,
    },
    terminal::Console,
};

/// `vigil.route_env/1`.
#[derive(Debug, Serialize)]
struct EnvReport {
    variables: Vec<Entry>,
}

pub(super) fn print(
    name: Option<&str>,
    wish: Wish,
    paths: &Paths,
    console: &mut Console,
) -> Outcome {
    let client = name.map(client).transpose()?;
    let variables = entries(client, wish, paths, console)?;
    if console.json {
        console.document("route_env", EnvReport { variables })?;
        return Ok(Exit::Ok);
    }
    for Entry { name, value } in variables {
        console.line(format_args!("export {name}={}", quoted(&value)))?;
    }
    Ok(Exit::Ok)
}

/// Comes back only with a failure.
pub(super) fn exec(
    command: &[OsString],
    wish: Wish,
    paths: &Paths,
    console: &mut Console,
) -> Outcome {
    let Some((program, arguments)) = command.split_first() else { return Ok(Exit::Ok) };
    let client = Path::new(program).file_name().and_then(|name| Client::named(name.to_str()?));
    let variables = entries(client, wish, paths, console)?;
    console.flush()?;
    let source = Command::new(program)
        .args(arguments)
        .envs(variables.into_iter().map(|Entry { name, value }| (name, value)))
        .exec();
    Err(Failure::File { operation: "start", path: program.into(), source })
}

fn entries(
    client: Option<&'static Client>,
    wish: Wish,
    paths: &Paths,
    console: &mut Console,
) -> Result<Vec<Entry>, Failure> {
    let mut proxy = Proxy::find(paths)?;
    if wish.telemetry {
        told_by_variables(client)?;
        proxy.with_telemetry(wish.without_check, paths)?;
    }
    proxy.prepare()?;
    if !wish.without_check {
        let every: Vec<&Client> = client.map_or_else(|| CLIENTS.iter().collect(), |one| vec![one]);
        proxy.require(&every, paths)?;
    }
    let entries = client.map_or_else(|| all_entries(&proxy.way), |one| one.entries(&proxy.way));
    for Entry { name, value } in &entries {
        let own = variable(name).filter(|own| !own.is_empty() && *own != **value);
        if own.is_some() {
            console.warn(format_args!("{name} is set to something else here, which this replaces"));
        }
    }
    if variable("NO_PROXY").or_else(|| variable("no_proxy")).is_some_and(|hosts| !hosts.is_empty())
    {
        console.warn("NO_PROXY is set; the hosts that it names go past the proxy");
    }
    Ok(entries)
}

/// Fails unless the client is told by variables where its telemetry goes.
fn told_by_variables(client: Option<&Client>) -> Result<(), Failure> {
    let Some(client) = client else {
        return Err(Failure::Usage {
            message: "each client has a token of its own for its telemetry".to_owned(),
            hint: "name the client: claude-code".to_owned(),
        });
    };
    if client.teller().is_some() {
        return Err(Failure::new(
            format!("{} is told by its settings alone where its telemetry goes", client.title),
            &format!("`vigil route on {} --telemetry` writes it there", client.word),
        ));
    }
    if client.tells() { Ok(()) } else { Err(tells_nothing(client)) }
}

/// A value as one word of a shell.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%:,".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_value_is_one_word_of_a_shell() {
        for (value, word) in [
            ("http://127.0.0.1:9080", "http://127.0.0.1:9080"),
            ("/Library/Application Support/ca.pem", "'/Library/Application Support/ca.pem'"),
            ("/home/o'neil/$x", r"'/home/o'\''neil/$x'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(value), word);
        }
    }
}
