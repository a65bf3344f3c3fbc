//! Step 4: every client that is installed, led through the proxy by its own settings, exactly as `vigil
//! route on` does it. The desktop's proxy settings are the agent's, and only where the configuration
//! wants that.

use vigil_proto::config::SystemProxy;

use super::{
    Context, State,
    step::{Look, Step},
    surroundings,
    undo::Undone,
};
use crate::{
    agent::Agent,
    args::StepName,
    command::route::{self, Change},
    failure::Failure,
    terminal::Console,
};

/// What mends it where a client's settings cannot be written.
const BY_HAND: &str = "`vigil route` has the ways to start them through the proxy all the same; once that \
                       is mended, `vigil setup --only route`";

pub(super) struct Route;

impl Step for Route {
    fn name(&self) -> StepName {
        StepName::Route
    }

    fn find(&self, context: &Context<'_>, console: &Console) -> Result<Look, Failure> {
        let (mut aside, said) = console.aside();
        let changes = route::lead_all(false, context.paths, &mut aside)?;
        let agent = Agent::find(context.paths)?;
        let mut look = judge(&changes);
        if agent.is_none() {
            look = Look {
                plan: look.plan,
                notes: look.notes,
                ..Look::waits(
                    "nobody is led to a proxy that does not answer, and no agent runs",
                    "start the agent (`vigil up`), then run `vigil setup` again",
                )
            };
        } else if look.state == State::ToDo
            && let Some(Look { state, why, remedy, .. }) = surroundings::upstream(context)?
        {
            look = Look { state, why, remedy, ..look };
        }
        for note in said.lines() {
            look = look.with(note);
        }
        Ok(surroundings::desktop(context).into_iter().fold(look, Look::with))
    }

    fn act(&self, context: &Context<'_>, console: &mut Console) -> Result<Vec<String>, Failure> {
        let (mut aside, _) = console.aside();
        let changes = route::lead_all(true, context.paths, &mut aside)?;
        let refused = refused(&changes);
        if !refused.is_empty() {
            return Err(Failure::new(refused.join("; "), BY_HAND));
        }
        let led: Vec<&str> = changes.iter().filter_map(Change::written).collect();
        Ok(if led.is_empty() {
            Vec::new()
        } else {
            vec![format!("one of these that runs needs a new start: {}", led.join(", "))]
        })
    }

    fn undo(
        &self,
        context: &Context<'_>,
        does: bool,
        console: &mut Console,
    ) -> Result<Undone, Failure> {
        let (mut aside, _) = console.aside();
        let mut undone = Undone::of(StepName::Route);
        for change in route::take_all_back(does, context.paths, &mut aside)? {
            if change.is_change() {
                let lines = change.shown();
                undone = if does { undone.did(lines) } else { undone.would_all(lines) };
            }
            if let Some((client, why)) = change.left() {
                undone = undone.leaves(format!("{client}: {why}"));
            }
        }
        // `vigil uninstall` ends the agent, and that puts them back.
        let stays = context.args.undo.is_some();
        if stays && context.config.proxy.system != SystemProxy::Off {
            undone = undone.leaves(format!(
                "the desktop's proxy settings: `proxy.system` in {} wants them led to the proxy \
                 whenever the agent runs; they are put back when it ends",
                context.paths.config_file().display()
            ));
        }
        Ok(undone)
    }
}

fn judge(changes: &[Change]) -> Look {
    let plan: Vec<String> =
        changes.iter().filter(|it| it.is_change()).flat_map(Change::shown).collect();
    let refused = refused(changes);
    let mut look = if !plan.is_empty() {
        Look::to_do(plan)
    } else if refused.is_empty() {
        Look::done()
    } else {
        Look { state: State::Failed, ..Look::left(refused.join("; "), BY_HAND) }
    };
    if look.state == State::ToDo {
        look.notes.extend(refused.into_iter().map(|words| format!("left: {words}")));
    }
    if changes.is_empty() {
        look = look.with("no client was found here; once one is installed, `vigil setup` leads it");
    }
    let left = changes.iter().filter(|change| !change.is_refused());
    for (client, why) in left.filter_map(Change::left) {
        look = look.with(format!("{client}: {why}"));
    }
    let settled =
        changes.iter().filter(|it| !it.is_change() && !it.is_refused() && !it.has_no_file());
    let settled: Vec<&str> = settled.map(Change::client).collect();
    if settled.is_empty() {
        look
    } else {
        look.with(format!("led to the proxy: {}", settled.join(", ")))
    }
}

/// The clients whose settings cannot be written, and why.
fn refused(changes: &[Change]) -> Vec<String> {
    let refused = changes.iter().filter(|change| change.is_refused());
    refused.filter_map(Change::left).map(|(client, why)| format!("{client}: {why}")).collect()
}
