//! Vigil's own folders: what goes, what stays, and how much that is. A link is never followed; a folder
//! that is not known to be Vigil's is left.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use vigil_platform::{
    made::{self, Whose},
    paths::{self, Paths},
    process,
};

use super::Step;
use crate::failure::Failure;

mod names;

/// What in the folder of the state belongs to the record: what opens sealed values, and what is not on
/// record yet.
const OF_THE_RECORD: [&str; 3] = [VAULT, "changes.jsonl", "paused.json"];

/// The vault's folder in that of the state.
const VAULT: &str = "vault";

/// Deeper than any folder of Vigil's.
const DEEPEST: usize = 16;

/// What is to become of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// Else only said.
    pub(super) does: bool,
    /// The record, too.
    pub(super) purge: bool,
    /// Everything was taken back: the notes of what was changed are of no more use.
    pub(super) is_clean: bool,
}

/// Whether what a folder is for goes.
pub(super) fn goes(what: &str, purge: bool) -> bool {
    purge || matches!(what, "run" | "state")
}

/// The bytes of the files in a folder, links not followed; nothing where there is none.
pub(super) fn size(folder: &Path) -> u64 {
    fn add(path: &Path, depth: usize, sum: &mut u64) {
        let Ok(metadata) = fs::symlink_metadata(path) else { return };
        if !metadata.is_dir() {
            *sum = sum.saturating_add(metadata.len());
        } else if depth < DEEPEST {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            entries.for_each(|entry| add(&entry.path(), depth + 1, sum));
        }
    }
    let mut sum = 0;
    add(folder, 0, &mut sum);
    sum
}

/// Takes away what goes.
pub(super) fn take_away(wish: Wish, paths: &Paths) -> Result<Step, Failure> {
    let mut step = Step::new("files");
    let made = made::read(paths.data(), Whose::Own)?;
    let short = paths.short_folder();
    let all = std::iter::once(("run", short.as_path())).chain(paths.folders());
    // The data last: the note there says what was made.
    for (what, folder) in all {
        // Whether the machine trusts a certificate still is found out by it.
        let is_needed = what == "ca" && !wish.is_clean;
        if goes(what, wish.purge) && !is_needed {
            let kept = kept(what, folder, wish);
            one(what, folder, &kept, &made, wish, paths, &mut step);
        }
    }
    if wish.does {
        let own = paths.folders().map(|(_, folder)| folder.to_owned());
        let above =
            own.iter().filter_map(|folder| folder.parent()).filter(|above| has_our_name(above));
        let above: Vec<PathBuf> = above.map(Path::to_owned).collect();
        for folder in made.iter().rev().chain(&own).chain(&above) {
            // One that somebody uses is not empty, and stays.
            let _ = fs::remove_dir(folder);
        }
        if wish.is_clean && is_spent(paths.data(), &made)? {
            deleted(paths.data())?;
            for folder in made.iter().rev().chain(&above) {
                let _ = fs::remove_dir(folder);
            }
        }
    }
    Ok(step)
}

/// Whether in the folder of the data there is only the note of what was made, and nothing of that is
/// there any more.
fn is_spent(data: &Path, made: &[PathBuf]) -> Result<bool, Failure> {
    let Ok(entries) = fs::read_dir(data) else { return Ok(false) };
    let is_bare = entries.flatten().all(|entry| entry.file_name() == made::NAME);
    let others = [Whose::Service, Whose::Proxy].map(|whose| made::read(data, whose));
    let mut is_spent = is_bare && made.iter().any(|folder| folder == data);
    for noted in others {
        is_spent &= noted?.is_empty();
    }
    let mut elsewhere = made.iter().filter(|folder| !data.starts_with(folder));
    Ok(is_spent && elsewhere.all(|folder| fs::symlink_metadata(folder).is_err()))
}

/// What in a folder that goes stays.
fn kept(what: &str, folder: &Path, wish: Wish) -> Vec<String> {
    if what == "data" && !wish.is_clean {
        return vec![made::NAME.to_owned()];
    }
    if what != "state" {
        return Vec::new();
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_note = |name: &str| {
        let path = Path::new(name);
        path.extension().is_some_and(|end| end == "json" || end == "backup")
    };
    names
        .filter(|name| {
            // It says which key in the keystore is the vault's.
            let names_the_key = !wish.is_clean && name == VAULT;
            let of_the_record = !wish.purge && OF_THE_RECORD.contains(&name.as_str());
            // Run again, it takes back the rest by these.
            of_the_record || names_the_key || (!wish.is_clean && is_note(name))
        })
        .collect()
}

/// Deletes a folder but for what is kept in it.
fn one(
    what: &str,
    folder: &Path,
    kept: &[String],
    made: &[PathBuf],
    wish: Wish,
    paths: &Paths,
    step: &mut Step,
) {
    match is_ours(what, folder, made, paths) {
        Ok(true) => {}
        Ok(false) => return,
        Err(why) => return step.left.push(format!("{}: {why}", folder.display())),
    }
    let but = if kept.is_empty() {
        String::new()
    } else {
        let mut kept = kept.to_vec();
        kept.sort_unstable();
        format!(" but for {}", kept.join(", "))
    };
    let words = format!("delete {}{but}", folder.display());
    if !wish.does {
        return step.done.push(words);
    }
    let deleted = if kept.is_empty() { deleted(folder) } else { emptied(folder, kept) };
    match deleted {
        Ok(true) => step.done.push(words),
        Ok(false) => {}
        Err(error) => step.left.push(format!("{}: {error}", folder.display())),
    }
}

/// False where there is none any more.
fn deleted(folder: &Path) -> io::Result<bool> {
    match fs::remove_dir_all(folder) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// False where nothing but what is kept was there.
fn emptied(folder: &Path, kept: &[String]) -> io::Result<bool> {
    let mut any = false;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if kept.iter().any(|name| entry.file_name() == name.as_str()) {
            continue;
        }
        any = true;
        // Never what a link leads to.
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(any)
}

/// Whether a folder is there, and known to be Vigil's: it made it, or the folder has its name and nothing
/// that Vigil does not write.
fn is_ours(what: &str, folder: &Path, made: &[PathBuf], paths: &Paths) -> Result<bool, String> {
    let metadata = match fs::symlink_metadata(folder) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error.to_string()),
    };
    if metadata.is_symlink() {
        return Err("it is a link, which Vigil never makes; look where it leads".to_owned());
    }
    if !metadata.is_dir() {
        return Err("it is no folder".to_owned());
    }
    if metadata.uid() != process::uid() {
        return Err("it belongs to somebody else".to_owned());
    }
    // Where `VIGIL_HOME` says, anything may have been before.
    let is_named = !paths::are_moved() && folder.ancestors().take(2).any(has_our_name)
        || folder == paths.short_folder();
    let holds_home = paths.home().starts_with(folder);
    let is_made = made.iter().any(|made| made == folder);
    if holds_home || !(is_made || is_named) {
        return Err("it is not known to be made by Vigil; delete it if nobody needs it".to_owned());
    }
    if is_made {
        return Ok(true);
    }
    // Others have things of that name, too.
    match names::foreign(what, folder).map_err(|error| error.to_string())? {
        None => Ok(true),
        Some(name) => Err(format!(
            "it is not known to be made by Vigil, which does not write `{name}`; delete it if nobody \
             needs it"
        )),
    }
}

/// Whether it is called as the places of Vigil are.
fn has_our_name(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name.eq_ignore_ascii_case("vigil"))
}

#[cfg(test)]
mod tests;
