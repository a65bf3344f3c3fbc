//! Step 1: the agent, started now and at every log-in by the user's own service manager. Where there is
//! none, it is the person who starts it.

use vigil_platform::{paths::Paths, process, socket};
use vigil_proto::report::Status;

use super::{
    Context,
    step::{Look, Step},
    undo::Undone,
};
use crate::{
    agent::Agent,
    args::StepName,
    command::service::{self, Options},
    failure::Failure,
    terminal::Console,
};

/// How a person starts it.
const BY_HAND: &str =
    "start `vigil up` in another terminal and leave it running, then run `vigil setup` again";

pub(super) struct Service;

impl Step for Service {
    fn name(&self) -> StepName {
        StepName::Service
    }

    fn find(&self, context: &Context<'_>, _: &Console) -> Result<Look, Failure> {
        if context.args.no_service {
            return by_hand("it is not wanted (--no-service)", context);
        }
        match service::look(context.paths, &Options::default())? {
            service::Look::Ready => Ok(Look::done().with(running(context)?)),
            service::Look::ToDo(plan) => Ok(Look::to_do(plan)),
            service::Look::NoManager(why) => by_hand(&why, context),
        }
    }

    fn act(&self, context: &Context<'_>, console: &mut Console) -> Result<Vec<String>, Failure> {
        Ok(service::ensure(context.paths, &Options::default(), console)?.notes)
    }

    fn undo(
        &self,
        context: &Context<'_>,
        does: bool,
        console: &mut Console,
    ) -> Result<Undone, Failure> {
        let undone = Undone::of(StepName::Service);
        if !does {
            return Ok(match service::look(context.paths, &Options::default())? {
                service::Look::Ready => undone.would("end the service and delete its files"),
                service::Look::ToDo(_) => {
                    undone.would("delete the service's files, if there are any")
                }
                service::Look::NoManager(_) => undone,
            });
        }
        Ok(undone.did(service::remove(context.paths, console)?))
    }
}

/// Without a service: whether one runs all the same.
fn by_hand(why: &str, context: &Context<'_>) -> Result<Look, Failure> {
    if Agent::find(context.paths)?.is_some() {
        let look = Look::done().with(running(context)?);
        return Ok(look.with(format!("{why}: nobody starts the agent again when it ends")));
    }
    let mut look = Look::left(why, BY_HAND);
    look.notes.extend(taken(context));
    Ok(look)
}

fn running(context: &Context<'_>) -> Result<String, Failure> {
    let agent = Agent::require(context.paths)?;
    let status: Status = agent.read("status")?;
    let proxy = status.proxy.url.unwrap_or_else(|| "none".to_owned());
    Ok(format!("the agent runs (pid {}); its proxy: {proxy}", agent.pid()))
}

/// The configured ports that somebody else holds.
fn taken(context: &Context<'_>) -> Vec<String> {
    let Context { config, paths, .. } = context;
    let ports = [("proxy", config.proxy.port), ("dashboard", config.dashboard.port)];
    ports
        .into_iter()
        .filter(|(_, port)| *port != 0)
        .filter_map(|(name, port)| Some((name, port, socket::listener_holder(port)?)))
        .map(|(name, port, holder)| {
            let whose = if holder.uid == process::uid() { "" } else { "another user's " };
            format!(
                "port {port}, which the {name} would take, is held by {whose}{holder}: set \
                 `{name}.port` in {}",
                config_file(paths)
            )
        })
        .collect()
}

fn config_file(paths: &Paths) -> String {
    paths.config_file().display().to_string()
}
