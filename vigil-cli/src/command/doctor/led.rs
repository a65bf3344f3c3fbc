//! What others were told to do for Vigil: clients that are led to the proxy, clients that ask before a
//! command runs, browsers that may start it. Whether their files still say so.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use vigil_platform::{
    guards,
    native_messaging::{self, BROWSERS},
};
use vigil_proto::{
    browser::HOST,
    report::{Check, SiteState},
};

use super::{Round, failed, off, problem, running, warning, works};
use crate::{
    command::route::{self, NativeHost},
    failure::Failure,
    guard::journal::Guarded,
    route::journal::Journal,
};

/// The clients' settings that lead to the proxy.
pub(super) fn route(round: &Round<'_>) -> Check {
    const NAME: &str = "route";
    if round.is_silent {
        return off(NAME, "not looked at: the agent does not answer", "");
    }
    let rows = match route::standings(round.paths) {
        Ok(rows) => rows,
        Err(Failure::Config { .. }) => {
            return off(NAME, "not looked at: the configuration is wrong", "");
        }
        Err(failure) => return failed(NAME, &failure, "`vigil logs` says more"),
    };
    let mut led = Vec::new();
    let (mut faults, mut notes) = (Vec::new(), Vec::new());
    for row in rows {
        match stands(round, &row) {
            Led::Well => led.push(row.title),
            Led::Fault(words, mend) => faults.push((words, mend)),
            Led::Note(words, mend) => notes.push((words, mend)),
            Led::Not => {}
        }
    }
    if !faults.is_empty() {
        let (words, mend) = together(&faults);
        return problem(NAME, words, &mend);
    }
    if !notes.is_empty() {
        let (words, mend) = together(&notes);
        return warning(NAME, words, &mend);
    }
    if led.is_empty() {
        let words = "no client is led to the proxy by its settings";
        return off(NAME, words, running::lead(round));
    }
    works(NAME, format!("led to the proxy, which they trust: {}", led.join(", ")))
}

/// How a client is led.
enum Led {
    Well,
    /// It should be, and is not as it should: what is wrong, and what mends it.
    Fault(String, String),
    /// Somebody else leads it.
    Note(String, String),
    Not,
}

fn stands(round: &Round<'_>, row: &route::Standing) -> Led {
    let title = row.title;
    let file = row.file.as_deref().unwrap_or("its settings");
    let on = format!("vigil route on {}", row.client);
    match row.stands {
        route::Stands::Led | route::Stands::Half if !row.is_open && row.was_led => Led::Fault(
            format!("{title} is led to a proxy that does not run: its calls fail"),
            running::start(round).to_owned(),
        ),
        route::Stands::Led if !row.is_open => Led::Not,
        route::Stands::Led => match &row.distrust {
            None => Led::Well,
            Some(why) => Led::Fault(
                format!("{title} is led to the proxy and would not trust it: {why}"),
                running::unreadable(round.paths).map_or(on, |(_, mend)| mend),
            ),
        },
        route::Stands::Half => match &row.foreign {
            Some(name) if !row.was_led => Led::Note(
                format!(
                    "{title} is not led to the proxy: {file} has a {name} of its own, which Vigil \
                     did not write and leaves alone"
                ),
                mend(row, &on),
            ),
            _ => Led::Fault(
                format!("{title} is led only in part, or elsewhere: {file} was changed since"),
                mend(row, &on),
            ),
        },
        route::Stands::Gone => Led::Fault(
            format!("{title} was led to the proxy, and {file} says nothing of it any more"),
            on,
        ),
        // What cannot be read is nothing that `vigil route` would write into.
        route::Stands::Unknown if row.was_led => {
            let why = row.distrust.as_deref().unwrap_or("it cannot be read");
            Led::Fault(
                format!("{title}: {file}: {why}"),
                format!("mend {file} by hand; then `vigil doctor route` says how it stands"),
            )
        }
        route::Stands::Unknown | route::Stands::No => Led::Not,
    }
}

/// All that was found, each remedy once.
fn together(found: &[(String, String)]) -> (String, String) {
    let words: Vec<&str> = found.iter().map(|(words, _)| words.as_str()).collect();
    let mut mends: Vec<&str> = Vec::new();
    for (_, mend) in found {
        if !mends.contains(&mend.as_str()) {
            mends.push(mend);
        }
    }
    let mend = match mends.as_slice() {
        [one] => (*one).to_owned(),
        several => {
            let quoted = several.iter().map(|mend| {
                // A command alone stands bare, and among others in its marks.
                if mend.starts_with("vigil ") { format!("`{mend}`") } else { (*mend).to_owned() }
            });
            quoted.collect::<Vec<_>>().join("; then ")
        }
    };
    (words.join("; "), mend)
}

/// How what leads a client only in part is mended. What somebody else set there is not Vigil's to change.
fn mend(row: &route::Standing, on: &str) -> String {
    match (&row.foreign, &row.file) {
        (Some(name), Some(file)) => format!(
            "take {name} out of {file}, which somebody else set, then `{on}`; another proxy that \
             calls are to go through is named in `proxy.upstream`"
        ),
        _ => on.to_owned(),
    }
}

/// The clients' files that have them ask before a command runs.
pub(super) fn hook(round: &Round<'_>) -> Check {
    const NAME: &str = "hook";
    let on = match guards::on(round.paths.state()) {
        Ok(on) => on,
        Err(error) => return failed(NAME, &Failure::from(error), "vigil guard"),
    };
    for (client, guarded) in &on {
        if !guarded.is_said() {
            let at = guarded.path().display();
            return problem(
                NAME,
                format!("{client} was told to ask Vigil, and {at} no longer says so"),
                &format!("vigil guard on {client}"),
            );
        }
    }
    let journal = match Journal::<Guarded>::look(round.paths) {
        Ok(journal) => journal,
        Err(failure) => return failed(NAME, &failure, "vigil guard"),
    };
    for client in on.keys() {
        let written = journal.of(client).into_iter().flat_map(|guarded| &guarded.written.entries);
        let programs = written.filter_map(|entry| called(&entry.value, client));
        if let Some(program) = programs.into_iter().find(|program| !is_program(program)) {
            return problem(
                NAME,
                format!("{client} is to ask {}, which cannot be started", program.display()),
                &format!("vigil guard on {client}"),
            );
        }
    }
    let clients: Vec<&str> = on.keys().map(String::as_str).collect();
    if clients.is_empty() {
        return off(NAME, "no client asks before it runs a command", "vigil guard on all");
    }
    works(NAME, format!("told to ask: {}", clients.join(", ")))
}

/// The program that `client` is told to call, by what was written for it; none where it is not seen.
fn called(written: &str, client: &str) -> Option<PathBuf> {
    let Some((before, _)) = written.split_once(&format!(" hook {client}")) else {
        // A program of ours in the client's language has it as a string of its own.
        return Some(written.split_once("\"vigil\":\"")?.1.split('"').next()?.into());
    };
    let program = match before.strip_suffix('\'') {
        Some(quoted) => quoted.rsplit('\'').next()?,
        None => before.rsplit([' ', '"']).next()?,
    };
    program.starts_with('/').then(|| program.into())
}

fn is_program(path: &Path) -> bool {
    let is_executable = |metadata: fs::Metadata| metadata.permissions().mode() & 0o111 != 0;
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && is_executable(metadata))
}

/// The browsers that may start Vigil, and how well each site is read.
pub(super) fn browser(round: &Round<'_>) -> Check {
    const NAME: &str = "browser";
    let home = round.paths.home();
    let mut told = Vec::new();
    for browser in BROWSERS {
        let Some(manifest) = browser.manifest(home, HOST).filter(|path| path.exists()) else {
            continue;
        };
        let mend = format!("vigil route on {}", browser.word);
        let tried = NativeHost::named(browser, &manifest).and_then(|host| host.greet());
        if let Err(why) = tried {
            return problem(NAME, format!("{}: {why}", browser.title), &mend);
        }
        told.push(browser.title);
    }
    let is_told = !told.is_empty();
    let paired = match route::paired(round.paths) {
        Ok(paired) => paired,
        Err(failure) => return failed(NAME, &failure, "vigil route"),
    };
    if !is_told && paired.is_empty() {
        return match native_messaging::there(home).first() {
            Some(there) => {
                let mend = format!("vigil route on {}", there.browser);
                off(NAME, "no browser may start Vigil", &mend)
            }
            None => off(NAME, "there is no browser that could start Vigil", ""),
        };
    }
    let sites = round.agent.iter().flat_map(|(_, status)| &status.sites);
    let broken: Vec<String> = sites
        .filter(|site| matches!(site.state, SiteState::Stale | SiteState::Drift))
        .map(|site| format!("{}: {}", site.site, site.words))
        .collect();
    if !broken.is_empty() {
        return warning(NAME, broken.join("; "), "renew the extension; docs/BROWSER.md says how");
    }
    let pairings = format!("paired, not tried: {}", paired.join(", "));
    let told = format!("may start Vigil: {}", told.join(", "));
    match (is_told, paired.is_empty()) {
        (false, _) => off(NAME, pairings, ""),
        (true, true) => works(NAME, told),
        (true, false) => works(NAME, format!("{told}; {pairings}")),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{called, together};

    #[test]
    fn all_that_is_wrong_is_told_and_each_remedy_once() {
        let found = |all: &[(&str, &str)]| {
            let owned: Vec<_> = all.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
            together(&owned)
        };
        let one = found(&[("a is led", "vigil up"), ("b is led", "vigil up")]);
        assert_eq!(one, ("a is led; b is led".to_owned(), "vigil up".to_owned()));
        let (_, two) = found(&[("a", "vigil route on a"), ("b", "mend b by hand")]);
        assert_eq!(two, "`vigil route on a`; then mend b by hand");
    }

    #[test]
    fn the_program_is_found_in_every_form_that_it_is_written_in() {
        let program = |written| called(written, "pi").map(PathBuf::into_os_string);
        for (written, expected) in [
            (r#"{"command":"VIGIL_HOME= /usr/bin/vigil hook pi"}"#, Some("/usr/bin/vigil")),
            (r#"{"command":"/usr/bin/vigil hook pi"}"#, Some("/usr/bin/vigil")),
            ("VIGIL_HOME=/v '/a b/vigil' hook pi", Some("/a b/vigil")),
            (r#"const x = {"vigil":"/opt/vigil","arguments":["hook","pi"]};"#, Some("/opt/vigil")),
            ("nothing of the kind", None),
        ] {
            assert_eq!(program(written), expected.map(Into::into), "{written}");
        }
    }
}
