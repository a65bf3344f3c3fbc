//! `vigil hook` with arguments that are not those of a client's hook.

use super::Outcome;
use crate::{args, failure::Failure, hook};

pub(super) fn run(args: &args::Hook) -> Outcome {
    if vigil_proto::guard::client(&args.client).is_none() {
        return Err(Failure::Other {
            message: format!("`{}` is no client that has hooks of Vigil's", args.client),
            hint: Some(format!("give one of {}", vigil_proto::guard::CLIENTS.join(", "))),
        });
    }
    hook::run(&args.client);
    Ok(crate::failure::Exit::Ok)
}
