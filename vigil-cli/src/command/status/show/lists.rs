//! The lists of what is malicious, in one line.

use vigil_proto::intel::IntelStatus;

use crate::terminal::{Console, RED, count, plain};

pub(super) fn words(lists: &IntelStatus, console: &Console) -> String {
    let words = match lists.oldest {
        None => "none; `vigil intel update` fetches them".to_owned(),
        Some(oldest) => format!(
            "{} indicators in {} lists, the oldest of {}",
            count(lists.indicators),
            count(lists.lists),
            console.clock.both(oldest)
        ),
    };
    match &lists.trouble {
        Some(trouble) => format!("{words}; {RED}{}{RED:#}", plain(trouble)),
        None => words,
    }
}
