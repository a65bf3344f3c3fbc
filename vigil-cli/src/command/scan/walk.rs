//! The files below a folder, in order. Links are not followed, and what a git repository ignores
//! is left out and counted, unless it is tracked or asked for.

use std::{
    cell::OnceCell,
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    rc::Rc,
};

use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};

use super::{git, input::LeftOut};

/// What is still to be looked at.
pub(super) struct Walk {
    root: PathBuf,
    open: Vec<Entry>,
    /// What the user ignores everywhere; none when ignored files are asked for.
    global: Option<Gitignore>,
}

struct Entry {
    /// As it is named.
    path: PathBuf,
    /// Where it is, without links.
    real: PathBuf,
    rules: Option<Rc<Rules>>,
    /// True below an ignored folder, which is entered for what is tracked in it alone.
    only_tracked: bool,
}

/// What a repository ignores in a folder, and in those above it.
struct Rules {
    here: Gitignore,
    above: Option<Rc<Self>>,
    top: Rc<Top>,
}

/// The top of a repository.
struct Top {
    folder: PathBuf,
    /// What is tracked although a pattern ignores it; asked for once something is ignored.
    tracked: OnceCell<BTreeSet<PathBuf>>,
}

impl Top {
    /// True when `path` is tracked, or something in it.
    fn tracks(&self, path: &Path, left_out: &mut LeftOut) -> bool {
        let tracked = self.tracked.get_or_init(|| {
            let told = git::ignored_and_tracked(&self.folder);
            if told.is_none() {
                let reason =
                    "git cannot tell which of the ignored files are tracked: they are left out";
                left_out.skip(&self.folder, reason.to_owned(), false);
            }
            told.into_iter().flatten().collect()
        });
        tracked.range(path.to_owned()..).next().is_some_and(|first| first.starts_with(path))
    }
}

impl Walk {
    pub(super) fn new(root: &Path, ignored_too: bool) -> Self {
        let real = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        let global = (!ignored_too).then(|| Gitignore::global().0);
        let rules = global.as_ref().and_then(|_| rules_above(&real));
        let open = vec![Entry { path: root.to_owned(), real, rules, only_tracked: false }];
        Self { root: root.to_owned(), open, global }
    }

    /// The next plain file.
    pub(super) fn next(&mut self, left_out: &mut LeftOut) -> Option<PathBuf> {
        while let Some(mut entry) = self.open.pop() {
            let is_root = entry.path == self.root;
            let found = match fs::symlink_metadata(&entry.path) {
                Ok(found) => found,
                Err(error) => {
                    left_out.skip(&entry.path, error.to_string(), is_root);
                    continue;
                }
            };
            let is_folder = found.is_dir() || is_root;
            let is_ignored = !is_root && self.is_ignored(&entry, is_folder);
            entry.only_tracked |= is_ignored;
            if is_ignored && !is_tracked(&entry, left_out) {
                left_out.ignored += 1;
            } else if is_folder {
                if let Err(error) = self.enter(&entry) {
                    left_out.skip(&entry.path, error.to_string(), is_root);
                }
            } else if found.is_file() {
                return Some(entry.path);
            } else if !found.is_symlink() {
                left_out.skip(&entry.path, "not a plain file".to_owned(), false);
            }
        }
        None
    }

    fn enter(&mut self, folder: &Entry) -> io::Result<()> {
        let mut names: Vec<_> = fs::read_dir(&folder.path)?
            .map(|entry| Ok(entry?.file_name()))
            .collect::<io::Result<_>>()?;
        // Backwards, so that taking from the end gives them in order.
        names.sort_unstable_by(|a, b| b.cmp(a));
        let rules = match &self.global {
            Some(_) => rules_of(&folder.real, folder.rules.clone()),
            None => None,
        };
        // A repository within another has rules of its own.
        let only_tracked = folder.only_tracked && !is_top(&folder.real);
        self.open.extend(names.into_iter().map(|name| Entry {
            path: folder.path.join(&name),
            real: folder.real.join(&name),
            rules: rules.clone(),
            only_tracked,
        }));
        Ok(())
    }

    fn is_ignored(&self, entry: &Entry, is_folder: bool) -> bool {
        let Some(global) = &self.global else { return false };
        if entry.only_tracked || is_git(entry) {
            return true;
        }
        let mut rules = entry.rules.as_deref();
        let within = rules.is_some();
        while let Some(level) = rules {
            match level.here.matched(&entry.real, is_folder) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => rules = level.above.as_deref(),
            }
        }
        within && global.matched(&entry.real, is_folder).is_ignore()
    }
}

/// The folder that git keeps its own things in.
fn is_git(entry: &Entry) -> bool {
    entry.path.file_name().is_some_and(|name| name == ".git")
}

/// True when git tracks it, or something in it, all the same.
fn is_tracked(entry: &Entry, left_out: &mut LeftOut) -> bool {
    let top = entry.rules.as_ref().map(|rules| &rules.top);
    !is_git(entry) && top.is_some_and(|top| top.tracks(&entry.real, left_out))
}

fn is_top(folder: &Path) -> bool {
    folder.join(".git").exists()
}

/// The rules for what is in `folder`: its own, and those above it in the same repository.
fn rules_of(folder: &Path, above: Option<Rc<Rules>>) -> Option<Rc<Rules>> {
    let is_top = is_top(folder);
    let top = match &above {
        _ if is_top => Rc::new(Top { folder: folder.to_owned(), tracked: OnceCell::new() }),
        Some(above) => Rc::clone(&above.top),
        None => return None,
    };
    let mut builder = GitignoreBuilder::new(folder);
    if is_top {
        // A line that git cannot read, it passes over, too.
        let _ = builder.add(folder.join(".git/info/exclude"));
    }
    let _ = builder.add(folder.join(".gitignore"));
    let here = builder.build().unwrap_or_else(|_| Gitignore::empty());
    // A repository within another is one of its own.
    let above = if is_top { None } else { above };
    Some(Rc::new(Rules { here, above, top }))
}

/// The rules of the folders above `folder`, as far as its repository goes.
fn rules_above(folder: &Path) -> Option<Rc<Rules>> {
    let mut above: Vec<&Path> = folder.ancestors().skip(1).collect();
    let top = above.iter().position(|folder| is_top(folder))?;
    above.truncate(top + 1);
    above.into_iter().rev().fold(None, |rules, folder| rules_of(folder, rules))
}
