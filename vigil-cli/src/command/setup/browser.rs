//! Step 5: every browser that is installed may start Vigil for its extension, exactly as `vigil route on
//! BROWSER` does it. The extension itself a person loads: no browser lets another program do that.

use std::{env, path::PathBuf};

use vigil_platform::native_messaging::{BROWSERS, Browser};

use super::{
    Context,
    step::{Look, Step},
    undo::Undone,
};
use crate::{args::StepName, command::route, failure::Failure, stop, terminal::Console};

pub(super) struct Browsers;

impl Step for Browsers {
    fn name(&self) -> StepName {
        StepName::Browser
    }

    fn find(&self, context: &Context<'_>, console: &Console) -> Result<Look, Failure> {
        let (mut aside, _) = console.aside();
        let (mut plan, mut here) = (Vec::new(), Vec::new());
        for browser in installed(context) {
            let change = route::lead_browser(browser, false, context.paths, &mut aside)?;
            here.push(browser);
            if change.is_change() {
                plan.extend(change.shown());
            }
        }
        if here.is_empty() {
            return Ok(
                Look::done().with("no browser was found here; `vigil setup` once there is one")
            );
        }
        let look = if plan.is_empty() { Look::done() } else { Look::to_do(plan) };
        Ok(loading(&here).into_iter().fold(look, Look::with))
    }

    fn act(&self, context: &Context<'_>, console: &mut Console) -> Result<Vec<String>, Failure> {
        let (mut aside, _) = console.aside();
        for browser in installed(context) {
            route::lead_browser(browser, true, context.paths, &mut aside)?;
            stop::at("browser-between");
        }
        Ok(Vec::new())
    }

    fn undo(
        &self,
        context: &Context<'_>,
        does: bool,
        console: &mut Console,
    ) -> Result<Undone, Failure> {
        let (mut aside, _) = console.aside();
        let mut undone = Undone::of(StepName::Browser);
        let known = BROWSERS.iter().filter(|it| it.folder(context.paths.home()).is_some());
        for browser in known {
            let change = route::take_back_browser(browser, does, context.paths, &mut aside)?;
            if change.is_change() {
                let lines = change.shown();
                undone = if does { undone.did(lines) } else { undone.would_all(lines) };
            }
            if let Some(why) = change.left() {
                undone = undone.leaves(format!("{}: {why}", browser.title));
            }
        }
        Ok(undone)
    }
}

fn installed(context: &Context<'_>) -> impl Iterator<Item = &'static Browser> {
    let home = context.paths.home().to_owned();
    BROWSERS.iter().filter(move |it| it.folder(&home).is_some_and(|folder| folder.is_dir()))
}

/// How a person loads it into `browsers`.
fn loading(browsers: &[&Browser]) -> Vec<String> {
    let share = shared();
    let at = |name: &str, else_at: &str| {
        let there = share.as_ref().map(|share| share.join(name)).filter(|path| path.exists());
        there.map_or_else(|| else_at.to_owned(), |path| path.display().to_string())
    };
    let (firefox, others): (Vec<_>, Vec<_>) = browsers.iter().partition(|it| it.is_firefox);
    let names = |all: &[&&Browser]| all.iter().map(|it| it.title).collect::<Vec<_>>().join(", ");
    let mut notes = Vec::new();
    if !others.is_empty() {
        notes.push(format!(
            "{}: load the extension in {} yourself (the browser's page of extensions, developer mode, \
             \"load unpacked\"); docs/BROWSER.md shows it",
            names(&others),
            at("browser_extension", "browser_extension/")
        ));
    }
    if !firefox.is_empty() {
        notes.push(format!(
            "{}: load {} yourself (about:debugging, \"load temporary add-on\"); docs/BROWSER.md shows it",
            names(&firefox),
            at("vigil-extension-firefox.zip", "what `cargo xtask package extension` makes")
        ));
    }
    notes
}

/// Where the packages put it: in `share` beside the folder of this program.
fn shared() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    Some(program.parent()?.parent()?.join("share/vigil"))
}
