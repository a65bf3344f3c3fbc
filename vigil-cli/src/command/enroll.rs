//! `vigil enroll`: who may ask the root daemon for changes. Only root may change that list; it is
//! written whole or not at all, and what others have written in it stays.

use std::{
    env,
    fs::{self, DirBuilder, File, Metadata, Permissions},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use serde::Serialize;
use vigil_platform::{
    places,
    sealed::{self, Folder, SealedError},
    users,
};
use vigil_proto::{causes::Causes, rpc::Uid};

use super::Outcome;
use crate::{
    args,
    failure::{Exit, Failure},
    terminal::{Console, plain},
};

mod list;

use self::list::List;

/// As much as the daemon reads.
const MOST: usize = 16 * 1024;

/// `vigil.enrolled/1`.
#[derive(Debug, Serialize)]
struct Enrolled {
    file: String,
    /// Whether this changed it.
    changed: bool,
    users: Vec<Listed>,
}

#[derive(Debug, Serialize)]
struct Listed {
    uid: u32,
    /// None where the number is nobody's.
    name: Option<String>,
    admin: bool,
}

pub(super) fn run(args: &args::Enroll, console: &mut Console) -> Outcome {
    let file = Place::new(args.test_file.as_deref());
    let Some(user) = &args.user else { return show(&file, console) };
    let (uid, name) = found(user)?;
    if sealed::effective_uid() != file.owner {
        return Err(not_root(args, user));
    }
    let _lock = file.lock()?;
    let mut list = file.read()?;
    let was_admin = list.admin(uid);
    let changed = if args.remove { list.remove(uid) } else { list.add(uid, args.admin, &name) };
    if changed {
        file.write(&list)?;
    }
    if console.json {
        return report(&file, &list, changed, console);
    }
    let who = plain(&name).into_owned();
    match (args.remove, changed) {
        (true, true) => console.say(format_args!(
            "{who} is off the list. What Vigil changed for this user stays until `vigil uninstall`."
        )),
        (true, false) => console.say(format_args!("{who} is not on the list.")),
        (false, true) => console.say(format_args!(
            "{who} may ask the daemon for changes to trust and proxy settings from now on."
        )),
        (false, false) if was_admin == Some(true) && !args.admin => {
            console.say(format_args!("{who} is on the list already, as an administrator."));
        }
        (false, false) => console.say(format_args!("{who} is on the list already.")),
    }
    Ok(Exit::Ok)
}

/// Where the list is, and whose it has to be.
struct Place {
    path: PathBuf,
    owner: u32,
}

impl Place {
    fn new(test: Option<&Path>) -> Self {
        match test {
            Some(path) => Self { path: path.to_owned(), owner: sealed::effective_uid() },
            None => Self { path: places::enrolment().to_owned(), owner: 0 },
        }
    }

    fn read(&self) -> Result<List, Failure> {
        if fs::symlink_metadata(self.folder()).is_err_and(|e| e.kind() == io::ErrorKind::NotFound) {
            return Ok(List::default());
        }
        let bytes = sealed::read(&self.path, self.owner, MOST).map_err(|error| refused(&error))?;
        List::read(&bytes.unwrap_or_default()).map_err(|line| {
            Failure::new(
                format!("line {line} of {} is not `UID` or `UID admin`", self.path.display()),
                "mend or remove it: while it is there the daemon takes nobody for enrolled",
            )
        })
    }

    /// Held by one process at a time. Whoever held it before may have taken the folder away.
    fn lock(&self) -> Result<File, Failure> {
        loop {
            let held = self.lock_once()?;
            let number = |of: Metadata| (of.dev(), of.ino());
            let own = held.metadata().map(number).ok();
            if own.is_some() && own == fs::symlink_metadata(self.folder()).map(number).ok() {
                return Ok(held);
            }
        }
    }

    fn lock_once(&self) -> Result<File, Failure> {
        let failed = |operation| {
            let path = self.folder().to_owned();
            move |source| Failure::File { operation, path, source }
        };
        match DirBuilder::new().mode(0o755).create(self.folder()) {
            // Whatever the umask is: everybody may look who is on the list.
            Ok(()) => fs::set_permissions(self.folder(), Permissions::from_mode(0o755))
                .map_err(failed("open to all"))?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed("make")(error)),
        }
        let folder = File::open(self.folder()).map_err(failed("open"))?;
        folder.lock().map_err(failed("lock"))?;
        Ok(folder)
    }

    fn write(&self, list: &List) -> Result<(), Failure> {
        let folder = Folder::open(self.folder(), self.owner).map_err(|error| refused(&error))?;
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or("enrolled");
        if list.is_bare() {
            // Nobody is on it, and nobody has written anything else.
            folder.remove(name).map_err(|error| refused(&error))?;
            // It is not empty when something else of the daemon's is in it.
            let _ = fs::remove_dir(self.folder());
            return Ok(());
        }
        folder.publish(name, list.text().as_bytes()).map_err(|error| refused(&error))
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new("/"))
    }
}

fn show(file: &Place, console: &mut Console) -> Outcome {
    let list = file.read()?;
    if console.json {
        return report(file, &list, false, console);
    }
    let users = listed(&list);
    for user in &users {
        let name = user.name.as_deref().unwrap_or("(no such user)");
        let admin = if user.admin { "  administrator" } else { "" };
        console.line(format_args!("{:<8} {}{admin}", user.uid, plain(name)))?;
    }
    if users.is_empty() {
        console.say("Nobody is enrolled: the daemon changes nothing for anybody.");
    }
    let begun_by = env::var("SUDO_UID").ok().and_then(|uid| uid.parse::<u32>().ok());
    if let Some(uid) = begun_by.filter(|uid| *uid != 0 && list.admin(*uid).is_none()) {
        let name = users::name_of(uid).ok().flatten().unwrap_or_else(|| uid.to_string());
        console.say(format_args!("`sudo vigil enroll {}` enrols you.", plain(&name)));
    }
    Ok(Exit::Ok)
}

fn report(file: &Place, list: &List, changed: bool, console: &mut Console) -> Outcome {
    let file = file.path.display().to_string();
    console.document("enrolled", Enrolled { file, changed, users: listed(list) })?;
    Ok(Exit::Ok)
}

fn listed(list: &List) -> Vec<Listed> {
    let name = |uid| users::name_of(uid).ok().flatten();
    list.users().map(|(uid, admin)| Listed { uid, name: name(uid), admin }).collect()
}

/// The number and name of a user that is given by either. A number counts also where it is nobody's:
/// a user may be gone who is on the list still.
fn found(user: &str) -> Result<(u32, String), Failure> {
    let unknown = |hint: &str| Failure::Usage {
        message: format!("there is no user `{}`", plain(user)),
        hint: hint.to_owned(),
    };
    let asked = |error: io::Error| {
        Failure::new(
            format!("it is not known who `{}` is: {error}", plain(user)),
            "give the user's number, as `id -u` says it",
        )
    };
    if let Some(uid) = user.parse::<u32>().ok().filter(|uid| uid.to_string() == user) {
        Uid::new(uid).map_err(|_| unknown("give the user's number, as `id -u` says it"))?;
        let name = users::name_of(uid).map_err(asked)?;
        return Ok((uid, name.unwrap_or_else(|| uid.to_string())));
    }
    let uid = users::uid_of(user).map_err(asked)?;
    let uid = uid.ok_or_else(|| unknown("give a user's name or number"))?;
    Ok((uid, user.to_owned()))
}

fn not_root(args: &args::Enroll, user: &str) -> Failure {
    let flag = match (args.remove, args.admin) {
        (true, _) => " --remove",
        (_, true) => " --admin",
        _ => "",
    };
    Failure::NotPermitted {
        message: "only root may say who asks the daemon for changes".to_owned(),
        hint: format!("run `sudo vigil enroll {}{flag}`", plain(user)),
    }
}

fn refused(error: &SealedError) -> Failure {
    let (message, hint) = Causes(error).told();
    match error {
        SealedError::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            let hint = "root may; `sudo vigil enroll` shows who is enrolled".to_owned();
            Failure::NotPermitted { message, hint }
        }
        _ => Failure::Other { message, hint },
    }
}
