//! `vigil restore`: a session that its client has deleted, written back where the client resumes it.
//! The agent does it, so that nothing of the file is read as if it were new.

use vigil_platform::paths::Paths;
use vigil_proto::archive::{RestoreOrder, Restored};

use super::Outcome;
use crate::{
    agent::Agent,
    args,
    failure::{Exit, Failure},
    store,
    terminal::{Console, plain},
};

pub(super) fn run(args: &args::Restore, paths: &Paths, console: &mut Console) -> Outcome {
    let reader = store::open(paths)?;
    let found = reader.map(|reader| reader.session_named(&args.session)).transpose()?.flatten();
    let Some(session) = found else {
        return Err(Failure::new(
            format!("no session `{}` is recorded", args.session),
            "`vigil sessions --deleted` lists those that their client has deleted",
        ));
    };
    let agent = Agent::require(paths)?;
    let restored: Restored = agent.order_with("restore", &RestoreOrder { session })?;
    if console.json {
        console.document("restore", restored)?;
        return Ok(Exit::Ok);
    }
    console.say(format_args!(
        "Written: {} ({} lines). It holds what is recorded, not what was deleted; left out are:",
        plain(&restored.path.display().to_string()),
        restored.lines
    ));
    for what in &restored.left_out {
        console.say(format_args!("  {}", plain(what)));
    }
    if let Some(cwd) = &restored.cwd {
        console.say(format_args!(
            "\nGo on with it in {}:\n  {}",
            plain(cwd.as_str()),
            plain(&restored.resume)
        ));
    }
    Ok(Exit::Ok)
}
