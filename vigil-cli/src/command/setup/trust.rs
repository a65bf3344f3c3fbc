//! Step 3: trust. Clients on the command line need no machine that trusts the certificate: they are told
//! of it one by one, by the list that stands beside it. That each of them would trust the proxy is found
//! out by a real handshake, before anybody is led there. The whole machine trusts it only when that is
//! asked for.

use std::path::Path;

use vigil_platform::{
    call::{Call, CallError},
    places,
    trust::{Store, TrustError, pem, user},
};
use vigil_proto::{
    causes::Causes,
    config::SystemProxy,
    report::MachineTrust,
    rpc::{Fingerprint, Refusal, Request, Response},
};

use super::{
    Context,
    step::{Look, Step},
    undo::Undone,
};
use crate::{
    agent::Agent,
    args::StepName,
    command::route::{Handshake, shake_hands},
    failure::Failure,
    terminal::Console,
};

mod own;

pub(super) struct Trust;

impl Step for Trust {
    fn name(&self) -> StepName {
        StepName::Trust
    }

    fn find(&self, context: &Context<'_>, _: &Console) -> Result<Look, Failure> {
        let Some(agent) = Agent::find(context.paths)? else {
            let look = Look::waits(
                "it is found out by a handshake with the proxy, and no agent runs",
                "start the agent, then run `vigil setup` again",
            );
            let wish =
                "the machine's trust (--system-trust) is asked of the root daemon by the agent";
            return Ok(if context.args.system_trust { look.with(wish) } else { look });
        };
        let handshakes = match shake_hands(context.paths)? {
            Ok(handshakes) => handshakes,
            Err(why) => {
                let remedy = "`vigil ca` says how the certificate authority stands, `vigil setup \
                              --regenerate-ca` makes another";
                return Ok(Look { state: super::State::Failed, ..Look::left(why, remedy) });
            }
        };
        let (mut look, standing) = if user::IS_POSSIBLE {
            (own::find(context)?, None)
        } else {
            let (look, standing) = of_machine(&agent, context)?;
            (look, Some(standing))
        };
        for Handshake { host, list, clients } in handshakes {
            look = look.with(format!(
                "a handshake with the proxy as {host} is trusted by {}: {}",
                list.display(),
                clients.join(", ")
            ));
        }
        Ok(standing.into_iter().fold(look, Look::with))
    }

    fn act(&self, context: &Context<'_>, _: &mut Console) -> Result<Vec<String>, Failure> {
        if user::IS_POSSIBLE {
            return own::act(context);
        }
        let agent = Agent::require(context.paths)?;
        let _: MachineTrust = agent.order_with("ca/trust?on=true", &()).map_err(|failure| {
            let hint = "ask an administrator to run `sudo vigil enroll USER`; without it clients on \
                        the command line are trusted one by one all the same";
            Failure::new(failure.what(), hint)
        })?;
        Ok(Vec::new())
    }

    fn undo(&self, context: &Context<'_>, does: bool, _: &mut Console) -> Result<Undone, Failure> {
        let undone = Undone::of(StepName::Trust);
        if user::IS_POSSIBLE {
            return own::undo(undone, context, does);
        }
        if let Some(agent) = Agent::find(context.paths)?
            && let Ok(before) = agent.read::<MachineTrust>("ca/trust")
        {
            let word = before.fingerprint.unwrap_or_default();
            if !before.installed && before.daemon.is_some() {
                // The agent does not know who had it trusted.
                return Ok(alone(undone, context, does));
            }
            if !before.installed {
                let by_others = before.trusted.then(|| others(&word));
                return Ok(by_others.into_iter().fold(undone, Undone::leaves));
            }
            if !does {
                return Ok(undone.would("end the machine's trust: CaRemove of the root daemon"));
            }
            let after: MachineTrust = agent.order_with("ca/trust?on=false", &())?;
            let undone = undone.did(vec![format!("the machine no longer trusts {word}")]);
            return Ok(if after.trusted { undone.leaves(others(&word)) } else { undone });
        }
        Ok(alone(undone, context, does))
    }
}

/// How it stands where the machine's trust is the root daemon's, in a plan and in words.
fn of_machine(agent: &Agent, context: &Context<'_>) -> Result<(Look, String), Failure> {
    let machine: MachineTrust = agent.read("ca/trust")?;
    let look = if context.args.system_trust && !machine.trusted {
        match &machine.daemon {
            Some(why) => Look::left(
                format!("the root daemon would have the machine trust it: {why}"),
                "install the package with the daemon, or leave out --system-trust: clients on \
                 the command line do not need it",
            ),
            None => Look::to_do(vec![
                format!(
                    "call CaInstall of the root daemon: place the certificate (SHA-256 {}) in the \
                     machine's store",
                    machine.fingerprint.clone().unwrap_or_default()
                ),
                "run update-ca-certificates, or what this system has for it; by the daemon"
                    .to_owned(),
            ]),
        }
    } else {
        Look::done()
    };
    Ok((look, standing(&machine, context)))
}

fn others(fingerprint: &str) -> String {
    format!("the machine trusts {fingerprint}, and Vigil's daemon did not do that: it is left")
}

/// Without an agent: what the daemon says that it installed for this user is ended.
fn alone(mut undone: Undone, context: &Context<'_>, does: bool) -> Undone {
    let list = context.paths.ca().join("ca.pem");
    let Ok(text) = std::fs::read(&list) else { return undone };
    let store = Store::detect(Path::new("/")).ok();
    let trusted = |fingerprint| store.as_ref().map(|store| store.is_trusted(fingerprint));
    let mut call = Call::to(places::socket(), 0);
    for fingerprint in pem::read(&text).map(|der| Fingerprint::of(&der)) {
        let asked = match &mut call {
            Ok(call) => call.ask(&Request::CaStatus { fingerprint }).map_err(|why| why.to_string()),
            Err(why) => Err(why.to_string()),
        };
        let (Ok(Response::CaStatus(status)), Ok(call)) = (&asked, &mut call) else {
            let why = asked.err().unwrap_or_else(|| "it gave another answer".to_owned());
            undone = unasked(undone, fingerprint, trusted(fingerprint), &why);
            continue;
        };
        if !status.installed {
            continue;
        }
        undone = if does {
            match call.ask(&Request::CaRemove { fingerprint }) {
                Ok(Response::CaRemoved) | Err(CallError::Refused(Refusal::CaUnknown)) => {
                    undone.did(vec![format!("the machine no longer trusts {fingerprint}")])
                }
                Ok(_) => undone.leaves(format!("the machine trusts {fingerprint} still")),
                Err(why) => undone.leaves(format!("the machine trusts {fingerprint} still: {why}")),
            }
        } else {
            undone.would("end the machine's trust: CaRemove of the root daemon")
        };
    }
    undone
}

/// Where the daemon says nothing it may have had it trusted before: what the machine's own store has is
/// left, and named. `trusted` is nothing where there is no store that a daemon could have changed.
fn unasked(
    undone: Undone,
    fingerprint: Fingerprint,
    trusted: Option<Result<bool, TrustError>>,
    why: &str,
) -> Undone {
    match trusted {
        None | Some(Ok(false)) => undone,
        Some(Ok(true)) => undone.leaves(format!(
            "the machine trusts {fingerprint}, and the root daemon could not be asked to end that \
             ({why}); once it runs and you are enrolled (`sudo vigil enroll`), run this again, or take the \
             certificate out of the machine's store"
        )),
        Some(Err(error)) => undone.leaves(format!(
            "whether the machine trusts {fingerprint} is not known: {}",
            Causes(&error)
        )),
    }
}

/// How it stands with the machine as a whole.
fn standing(machine: &MachineTrust, context: &Context<'_>) -> String {
    if machine.trusted {
        return "the whole machine trusts it".to_owned();
    }
    let config = &context.config;
    let needs = config.proxy.system != SystemProxy::Off || config.capture.redirect;
    let why = if needs {
        "the configuration leads the desktop's programs to the proxy, and they do not trust it"
    } else {
        "the machine as a whole does not trust it, which clients on the command line do not need"
    };
    if context.args.system_trust {
        return why.to_owned();
    }
    format!("{why}; `vigil setup --system-trust` has the root daemon do that")
}

#[cfg(test)]
mod tests;
