//! `vigil search`: words in what was said and done, newest hits first.

use vigil_platform::paths::Paths;
use vigil_proto::report::SearchResults;

use super::Outcome;
use crate::{
    args,
    failure::Exit,
    store,
    terminal::{BOLD, Console, DIM, block, plain},
};

pub(super) fn run(args: &args::Search, paths: &Paths, console: &mut Console) -> Outcome {
    let query = args.query.join(" ");
    let results = match store::open(paths)? {
        Some(reader) => reader.search(&query, args.limit.get())?,
        None => SearchResults { hits: Vec::new(), note: String::new(), more: false },
    };
    if console.json {
        console.document("search", results)?;
        return Ok(Exit::Ok);
    }
    if results.hits.is_empty() {
        console.say(format_args!("Nothing found for `{}`.", plain(&query)));
    }
    for hit in &results.hits {
        let session = hit.session.as_ref().map_or("-", |id| id.as_str());
        let turn = hit.turn.map_or_else(String::new, |turn| format!(", turn {turn}"));
        console.line(format_args!(
            "{BOLD}{}{BOLD:#}  {}  session {}{turn}  {DIM}event {}{DIM:#}",
            hit.kind,
            console.clock.both(hit.at),
            plain(session),
            hit.event,
        ))?;
        console.line(block(hit.snippet.as_str(), "    "))?;
    }
    if results.more {
        console.say("\nThere are more hits; raise --limit.");
    }
    if !results.note.is_empty() {
        console.say(format_args!("\n{}", plain(&results.note)));
    }
    Ok(Exit::Ok)
}
