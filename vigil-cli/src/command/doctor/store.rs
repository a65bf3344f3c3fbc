//! Whether what was recorded can be read, and is whole as far as its pages tell.

use std::time::Duration;

use vigil_platform::private;
use vigil_proto::{causes::Causes, figures::count, report::Check};
use vigil_store::{Error, Looked, Reader};

use super::{Round, off, problem, quoted, running, works};

const NAME: &str = "store";
/// How long it is looked through.
const WITHIN: Duration = Duration::from_secs(3);

pub(super) fn look(round: &Round<'_>) -> Check {
    let data = round.paths.data();
    let reader = match Reader::open(data) {
        Ok(reader) => reader,
        Err(Error::Missing { .. }) => return off(NAME, "nothing was recorded yet", ""),
        Err(error) => return told(round, &error),
    };
    let looked = reader.look_through(WITHIN).and_then(|looked| Ok((looked, reader.status()?)));
    match looked {
        Ok((looked, stored)) => {
            let events = count(stored.status.events);
            works(
                NAME,
                match looked {
                    Looked::Through => format!("{events} events, and every page is whole"),
                    Looked::Partly => {
                        format!(
                            "{events} events, and whole as far as it was looked in three seconds"
                        )
                    }
                },
            )
        }
        Err(error) => told(round, &error),
    }
}

fn told(round: &Round<'_>, error: &Error) -> Check {
    let (words, hint) = Causes(error).told();
    if matches!(error, Error::Damaged { .. }) {
        // The next agent looks through all of it, whatever its size and however it was closed.
        let note = private::write(&round.paths.data().join(vigil_store::DOUBTED), b"");
        let mend = format!(
            "{}: the damaged one is kept aside and a new one begun; transcripts that are still there \
             are read again",
            running::again(round)
        );
        // Without the note the next agent may not look at what is damaged.
        let remedy = match (note, hint) {
            (Ok(()), _) => mend,
            (Err(_), Some(hint)) => hint,
            (Err(_), None) => format!(
                "`vigil down`, `mv {0} {0}.aside`, then {1}",
                quoted(&round.paths.data().join("vigil.db")),
                running::start(round)
            ),
        };
        return problem(NAME, words, &remedy);
    }
    problem(NAME, words, hint.as_deref().unwrap_or("`vigil logs` says more"))
}
