//! `vigil intel`: the lists of malicious packages, hosts and addresses. Status is read from the disk; what
//! changes them is the agent's program.

use vigil_platform::paths::Paths;
use vigil_proto::intel::{IntelList, IntelReport};

use super::{Outcome, exec};
use crate::{
    args::{Global, Intel, IntelAction},
    failure::{Exit, Failure},
    intel as lists, settings,
    terminal::{Console, Table, count, plain},
};

pub(super) fn run(args: &Intel, global: &Global, paths: &Paths, console: &mut Console) -> Outcome {
    match &args.action {
        None | Some(IntelAction::Status) => status(paths, console),
        Some(action) => exec::intel(action, global),
    }
}

fn status(paths: &Paths, console: &mut Console) -> Outcome {
    let config = settings::read(paths)?.layered.config.intel;
    let mut report = vigil_store::intel::report(paths.data(), config.update.word());
    if report.trouble.is_none() {
        report.trouble = lists::load(paths).troubles.first().map(Failure::what);
    }
    if console.json {
        console.document("intel", report)?;
        return Ok(Exit::Ok);
    }
    show(&report, console)
}

fn show(report: &IntelReport, console: &mut Console) -> Outcome {
    let lists = &report.set.lists;
    if lists.is_empty() {
        console.say("There are no lists. `vigil intel update` fetches those of the configuration, `vigil intel import FILE...` takes in files.");
    } else {
        let mut table =
            Table::new(&["LIST", "FORM", "FROM", ">PACKAGES", ">PLACES", "NEWEST", "BROUGHT IN"]);
        for list in lists {
            table.row(row(list, console));
        }
        console.line(table)?;
    }
    for list in lists.iter().filter(|list| !list.skipped.is_empty()) {
        let skipped = list.skipped.iter().map(|(why, n)| format!("{} {}", plain(why), count(*n)));
        console.say(format_args!(
            "{}: left out {}",
            plain(&list.name),
            skipped.collect::<Vec<_>>().join(", ")
        ));
    }
    if let Some(update) = &report.update {
        console.say(format_args!(
            "Last update {}: {} new, {} unchanged, {} failed",
            console.clock.both(update.at),
            update.changed,
            update.unchanged,
            update.failed.len()
        ));
        for (name, why) in &update.failed {
            console.say(format_args!("  {}: {}", plain(name), plain(why)));
        }
    }
    console.say(match report.schedule.as_str() {
        "daily" => "They are fetched once a day (`intel.update`).",
        _ => "They are fetched by `vigil intel update` alone (`intel.update` is off).",
    });
    if let Some(trouble) = &report.trouble {
        console.say(format_args!("warning: {}", plain(trouble)));
    }
    Ok(Exit::Ok)
}

fn row(list: &IntelList, console: &Console) -> [String; 7] {
    [
        list.name.clone(),
        list.form.name().to_owned(),
        list.origin.clone(),
        count(list.packages),
        count(list.hosts + list.addresses + list.urls),
        list.newest.clone().unwrap_or_else(|| "-".to_owned()),
        console.clock.ago(list.imported),
    ]
}
