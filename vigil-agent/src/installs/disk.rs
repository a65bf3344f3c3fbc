//! What an installation left on the disk, read statically and within bounds: lock files, for packages
//! that nobody named and that are listed as malicious; and manifests of what was asked for, for scripts
//! that run as it is installed. Looked at some time after the command, and only while it is recent.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::Deserialize;
use vigil_detect::{
    installs::{Judge, number, with_script},
    manifest::LOCKS,
};
use vigil_proto::{
    Timestamp,
    package::{InstallWay, Installed},
};
use vigil_store::{Done, Error, Reader};

use super::{Follow, Memory, Told};

const MINUTE: i64 = 60_000_000;

/// How long after a command its folder is looked at: installing takes its time.
const LATE: i64 = 5 * MINUTE;

/// What is older has left a folder that others have changed since.
const RECENT: i64 = 24 * 60 * MINUTE;

/// Larger files are not read.
const LOCK_BYTES: u64 = 16 << 20;
const MANIFEST_BYTES: u64 = 1 << 20;

/// Commands of one page.
const COMMANDS: u32 = 100;

/// Lock files that were read in this look, each as it was written.
type Seen = HashSet<(PathBuf, SystemTime)>;

/// What a package's manifest says of scripts.
#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    scripts: Scripts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scripts {
    preinstall: Option<String>,
    install: Option<String>,
    postinstall: Option<String>,
}

impl Follow {
    pub(super) fn disk(
        &self,
        reader: &Reader,
        judge: &Judge,
        memory: &mut Memory,
        (now, is_ending): (Timestamp, &dyn Fn() -> bool),
    ) -> Result<(), Error> {
        let before = |by: i64| Timestamp::from_micros(now.as_micros().saturating_sub(by));
        let to = reader.last_seq_before(before(LATE))?;
        let mut seen = Seen::default();
        while memory.disk < to && !is_ending() {
            let page = reader.installs_done((memory.disk, to), before(RECENT), COMMANDS)?;
            let is_last = page.len() < usize::try_from(COMMANDS).unwrap_or(usize::MAX);
            let mut told = Told::default();
            for done in &page {
                // Lock files are large: whoever ends the agent does not wait for a page of them.
                if is_ending() {
                    break;
                }
                for installed in self.left(judge, done, &mut seen) {
                    told.add(installed);
                }
                memory.disk = done.seq;
            }
            if is_last && !is_ending() {
                memory.disk = to;
            }
            if !told.installs.is_empty() {
                self.tell(told, memory)?;
            }
        }
        Ok(())
    }

    fn left(&self, judge: &Judge, done: &Done, seen: &mut Seen) -> Vec<Installed> {
        let folder = Path::new(done.folder.as_str());
        if !folder.is_absolute() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for name in LOCKS {
            let path = folder.join(name);
            // What it holds is told of the first command that it is newer than, once.
            if let Some(written) = written(&path)
                && Timestamp::from(written) >= done.at
                && seen.insert((path.clone(), written))
                && let Some(text) = read(&path, LOCK_BYTES)
            {
                found.extend(judge.locked(done.event, (name, &text), &*self.mask));
            }
        }
        for package in done.packages.iter().filter(|package| package.ecosystem == "npm") {
            let name = package.name.as_ref().map_or("", |name| name.as_str());
            if is_name(name) && has_script(&folder.join("node_modules").join(name)) {
                found.push(with_script(&Installed {
                    event: done.event,
                    place: 0,
                    way: InstallWay::Disk,
                    package: package.clone(),
                    verdict: vigil_proto::package::Assessment::default(),
                    judged_by: judge.made(),
                }));
            }
        }
        number(found)
    }
}

/// True for a name that leads to a folder of `node_modules` and nowhere else.
fn is_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    let is_part = |part: &&str| !part.is_empty() && !part.starts_with('.') && !part.contains('\\');
    parts.iter().all(is_part) && (parts.len() == 1 || parts.len() == 2 && name.starts_with('@'))
}

fn has_script(package: &Path) -> bool {
    let text = read(&package.join("package.json"), MANIFEST_BYTES);
    let manifest = text.and_then(|text| serde_json::from_str::<Manifest>(&text).ok());
    manifest.is_some_and(|Manifest { scripts }| {
        scripts.preinstall.or(scripts.install).or(scripts.postinstall).is_some()
    })
}

/// When the file was written last.
fn written(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|known| known.modified()).ok()
}

/// A file's text; nothing of what is no file, is larger or is no text.
fn read(path: &Path, most: u64) -> Option<String> {
    let known = fs::symlink_metadata(path).ok()?;
    if !known.is_file() || known.len() > most {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(most).read_to_string(&mut text).ok()?;
    Some(text)
}
