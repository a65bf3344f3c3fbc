//! What everything stands on: the configuration, Vigil's folders, and room on the disk.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use vigil_platform::{paths::Paths, process, room};
use vigil_proto::{figures, report::Check};

use super::{failed, off, problem, quoted, warning, works};
use crate::settings;

/// With less than this nothing can be recorded for long, in bytes.
const TOO_LITTLE: u64 = 16 * 1024 * 1024;
/// With less than this it is time to look after it, in bytes.
const LITTLE: u64 = 512 * 1024 * 1024;

pub(super) fn config(paths: &Paths) -> Check {
    const NAME: &str = "config";
    let file = paths.config_file().display();
    match settings::read(paths) {
        Ok(settings) if settings.file_exists => works(NAME, format!("{file} is understood")),
        Ok(_) => works(NAME, format!("there is no {file}: everything is as it is by itself")),
        Err(failure) => {
            let check = failed(NAME, &failure, "");
            let mend = format!("correct {file}; `vigil config check` says whether it is");
            let remedy =
                check.remedy.map_or_else(|| mend.clone(), |hint| format!("{hint}; {mend}"));
            Check { remedy: Some(remedy), ..check }
        }
    }
}

/// Whether they are the user's own, closed to others, and can be written.
pub(super) fn folders(paths: &Paths) -> Check {
    const NAME: &str = "folders";
    let all = [paths.data(), paths.state(), paths.run(), paths.ca()];
    let mut there = 0_u8;
    for folder in all {
        let at = folder.display();
        let metadata = match fs::symlink_metadata(folder) {
            Ok(metadata) => metadata,
            // The agent makes it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                let why = format!("{at} cannot be looked at: {error}");
                return problem(NAME, why, "see that the folders above it are yours");
            }
        };
        there += 1;
        if !fs::metadata(folder).is_ok_and(|metadata| metadata.is_dir()) {
            let why = format!("{at} is no folder");
            return problem(NAME, why, &format!("mv {0} {0}.aside", quoted(folder)));
        }
        if metadata.uid() != process::uid() {
            let why = format!("{at} is another user's");
            // Root has nothing to take from others.
            let mend = match process::uid() {
                0 => "run `vigil doctor` as that user".to_owned(),
                uid => format!("sudo chown -R {uid} {}", quoted(folder)),
            };
            return problem(NAME, why, &mend);
        }
        if metadata.is_dir() && metadata.mode() & 0o077 != 0 {
            let why = format!("{at} is open to other users (mode {:o})", metadata.mode() & 0o777);
            return problem(NAME, why, &format!("chmod 700 {}", quoted(folder)));
        }
        if let Err(error) = try_write(folder) {
            let why = format!("nothing can be written in {at}: {error}");
            return problem(NAME, why, &mend(folder, &error));
        }
    }
    match there {
        0 => off(NAME, "there are none yet", "vigil setup"),
        _ => works(NAME, "they are yours, closed to others, and can be written"),
    }
}

/// Makes a file in `folder` and takes it away.
fn try_write(folder: &Path) -> io::Result<()> {
    let file = folder.join(format!(".doctor-{}", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&file)?;
    fs::remove_file(&file)
}

fn mend(folder: &Path, error: &io::Error) -> String {
    let at = folder.display();
    match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => format!(
            "have the file system of {at} mounted for writing, or move Vigil elsewhere with VIGIL_HOME"
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("make room on the disk of {at}")
        }
        io::ErrorKind::PermissionDenied => format!("chmod 700 {}", quoted(folder)),
        _ => format!("see what is wrong with the disk of {at}"),
    }
}

pub(super) fn room(paths: &Paths) -> Check {
    const NAME: &str = "room";
    let there = paths.data().ancestors().find(|folder| folder.is_dir());
    let Some(folder) = there else {
        return problem(NAME, "there is no folder to be written in", "vigil setup");
    };
    let at = folder.display();
    match room::left(folder) {
        Ok(left) if left < TOO_LITTLE => problem(
            NAME,
            format!("{} are left on the disk of {at}", figures::bytes(left)),
            &format!("make room on the disk of {at}; `vigil status` says how large the store is"),
        ),
        Ok(left) if left < LITTLE => warning(
            NAME,
            format!("{} are left on the disk of {at}", figures::bytes(left)),
            "`store.quota_mib` in the configuration bounds what Vigil takes",
        ),
        Ok(left) => works(NAME, format!("{} are left on the disk of {at}", figures::bytes(left))),
        Err(error) => {
            warning(NAME, format!("it is not known how much is left on {at}: {error}"), "")
        }
    }
}
