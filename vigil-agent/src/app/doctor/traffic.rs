//! A made-up request through the proxy that runs.

use vigil_proto::{KindName, report::Check};

use super::{Office, bench::Bench, off, problem, works};
use crate::source::proxy::TrialError;

const NAME: &str = "proxy";

/// The request, its answer, and what becomes of both.
pub(super) fn proxy(office: &Office, bench: &Bench) -> Check {
    let Some(trials) = &office.proxy else {
        return off(
            NAME,
            "the agent runs without its proxy: traffic is not seen",
            "start it with the proxy: `vigil up` without --no-proxy, `proxy.enabled = true`",
        );
    };
    if office.shared.is_paused() {
        return off(NAME, "not tried: recording is paused", "vigil resume");
    }
    let Some(inlet) = bench.inlet() else {
        return problem(NAME, "the trial is over", "vigil doctor");
    };
    match office.runtime.block_on(trials.attempt(&bench.run, inlet)) {
        Ok(()) => {}
        Err(error @ TrialError::NotListed) => return off(NAME, error.to_string(), ""),
        Err(error) => return problem(NAME, error.to_string(), remedy(&error)),
    }
    let seen = bench.comes_out(|event| {
        event.kind == KindName::ModelCall
            && event.witnesses.iter().any(|witness| witness == "proxy")
    });
    match seen {
        Ok(true) => works(
            NAME,
            format!(
                "a made-up request went through {} with a certificate of the local CA, its answer came \
                 back byte for byte, and its tokens were read",
                trials.at()
            ),
        ),
        Ok(false) => problem(
            NAME,
            "a made-up request came through, and nothing was read of it",
            "`vigil logs` says why; `vigil down`, then `vigil up`",
        ),
        Err(error) => problem(NAME, error.to_string(), "vigil doctor store"),
    }
}

fn remedy(error: &TrialError) -> &'static str {
    match error {
        TrialError::Refused(_) | TrialError::NoList(_) => "vigil doctor ca",
        TrialError::Untrusted(..) => {
            "the file is another one than that of the running proxy: `vigil down`, then `vigil up`"
        }
        _ => "`vigil down`, then `vigil up`; `vigil logs` says more",
    }
}
