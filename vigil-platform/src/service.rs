//! Having the user's own service manager start the agent, and hold its ports: a dead agent is then
//! started again by the next connection, and nobody else can take a port meanwhile. What is written
//! and what is run is made by pure functions, so that it can be shown before it is done. No command
//! is anybody's choice, and none goes through a shell.

use std::{
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use vigil_proto::{report::ServiceState, rpc::Port};

use crate::{
    paths::PathError,
    private,
    program::{Input, Program},
};

pub mod launchd;
pub mod systemd;

#[cfg(target_os = "macos")]
use self::launchd as imp;
#[cfg(not(target_os = "macos"))]
use self::systemd as imp;

/// The sockets' names, by which [`crate::activation::tcp`] tells them apart.
pub const SOCKETS: [&str; 2] = ["proxy", "dashboard"];

/// The variables that say where Vigil's files are.
pub const PLACES: [&str; 4] = ["VIGIL_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"];

/// What stands in every file of ours, so that no other is ever replaced or deleted.
const MARK: &str = "Made by Vigil";

/// A service manager may wait for the agent's orderly end.
const LIMIT: Duration = Duration::from_secs(90);

/// Where programs find the service manager of their user.
const VARIABLES: &[&str] = &["DBUS_SESSION_BUS_ADDRESS", "HOME", "PATH", "XDG_RUNTIME_DIR"];

/// What is to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The agent's program, an absolute path.
    pub program: PathBuf,
    /// The proxy's port on loopback.
    pub proxy: Port,
    /// The dashboard's.
    pub dashboard: Port,
    /// The ports of the two that were wanted and taken, if any: noted, so that what was chosen instead
    /// is kept when they are free again.
    pub taken: [Option<Port>; 2],
    /// The variables that say where Vigil's files are, where they are not at the usual places; each
    /// an absolute path.
    pub environment: Vec<(&'static str, PathBuf)>,
}

/// What is installed, as its files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// The files that are there.
    pub files: Vec<PathBuf>,
    /// The proxy's port.
    pub proxy: Option<Port>,
    /// The dashboard's.
    pub dashboard: Option<Port>,
    /// The ports of the two that were wanted in their place, and taken then.
    pub taken: [Option<Port>; 2],
    /// `VIGIL_HOME`, where it is not the usual one.
    pub vigil_home: Option<PathBuf>,
}

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitFile {
    /// Its name in the service manager's folder.
    pub name: &'static str,
    /// All of it.
    pub text: String,
}

/// A command of the service manager's: a fixed program with fixed arguments (on macOS with the
/// user's number in them).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The program's name.
    pub program: &'static str,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// What a command answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it ended well.
    pub is_ok: bool,
    /// What it printed; where it failed, why.
    pub text: String,
}

/// What an environment's variable holds.
pub type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// How commands are run; [`runner`] makes the real one.
pub type Run<'a> = dyn FnMut(&Call) -> io::Result<Answer> + 'a;

/// How the service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nothing of ours is there.
    Absent,
    /// It is installed and does not run.
    Stopped,
    /// It failed, and is not started again by itself.
    Failed,
    /// It ended; the service manager holds its ports, and starts it with the next connection or in a
    /// moment.
    Waiting,
    /// It runs.
    Running,
}

/// What the service manager says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How it stands.
    pub status: Status,
    /// The agent's process.
    pub pid: Option<u32>,
    /// How often it was started again by itself, since it was started last.
    pub restarts: Option<u32>,
    /// Whether the service manager holds its ports, each of [`SOCKETS`].
    pub held: [bool; 2],
    /// Whether it is started at every log-in.
    pub at_login: bool,
    /// How it ended last, in the service manager's word, where that was not in order.
    pub result: Option<String>,
}

impl Standing {
    const ABSENT: Self = Self {
        status: Status::Absent,
        pid: None,
        restarts: None,
        held: [false; 2],
        at_login: false,
        result: None,
    };

    /// Whether the service manager holds all its ports.
    pub fn holds(&self) -> bool {
        self.held == [true; 2]
    }

    /// Whether it is as [`Service::install`] leaves it.
    pub fn is_whole(&self) -> bool {
        self.status == Status::Running && self.holds() && self.at_login
    }
}

/// Why the service was not changed, or is not known.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A path that cannot be written in the service manager's files.
    #[error("`{}` cannot be named in a service file; install Vigil where the path is absolute and without quotes, `$` and `\\`", .0.display())]
    Path(PathBuf),
    /// A file is in the way.
    #[error("{} is not Vigil's; move it away", .0.display())]
    Foreign(PathBuf),
    /// A file could not be read, written or deleted.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] PathError),
    /// The service manager is not there.
    #[error("`{program}` reaches no service manager of this user; start Vigil with `vigil up`")]
    NoManager {
        /// Its command.
        program: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The service manager refused.
    #[error("`{command}` failed: {words}")]
    Refused {
        /// What was asked.
        command: String,
        /// What it said.
        words: String,
    },
}

/// The service of one user.
#[derive(Clone, Debug)]
pub struct Service {
    folder: PathBuf,
    uid: u32,
}

impl Service {
    /// The service of a user with this home and environment. Looks at nothing.
    pub fn new(home: &Path, env: &Lookup<'_>, uid: u32) -> Self {
        Self { folder: imp::folder(home, env), uid }
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How it stands by its files and its manager's socket alone. Asks nobody.
    pub fn state(&self, env: &Lookup<'_>) -> ServiceState {
        let is_installed = imp::NAMES.iter().any(|name| self.folder.join(name).exists());
        match (imp::is_there(env, self.uid), is_installed) {
            (false, _) => ServiceState::NoManager,
            (true, true) => ServiceState::Installed,
            (true, false) => ServiceState::Absent,
        }
    }

    /// What [`Self::install`] would write, in its folder.
    ///
    /// # Errors
    /// A path that cannot be written there.
    pub fn files(spec: &Spec) -> Result<Vec<UnitFile>, ServiceError> {
        imp::files(spec)
    }

    /// What [`Self::install`] would run after it has written them.
    pub fn beginning(&self) -> Vec<Call> {
        imp::begin(&self.folder, self.uid)
    }

    /// What [`Self::uninstall`] would run.
    pub fn ending(&self) -> Vec<Call> {
        let mut calls = imp::end(self.uid);
        calls.extend(imp::after());
        calls
    }

    /// The folders that installing makes and that are not there yet, the outermost first.
    pub fn missing_folders(&self) -> Vec<PathBuf> {
        let mut missing: Vec<PathBuf> =
            self.folder.ancestors().take_while(|at| !at.exists()).map(Path::to_owned).collect();
        missing.reverse();
        let wanted = imp::LINKS
            .iter()
            .filter_map(|link| self.folder.join(link).parent().map(Path::to_owned));
        for folder in wanted.filter(|at| !at.exists()) {
            if !missing.contains(&folder) {
                missing.push(folder);
            }
        }
        missing
    }

    /// Whether there is a service manager of this user, for this home.
    ///
    /// # Errors
    /// There is none, or it is another home's.
    pub fn find_manager(&self, home: &Path, run: &mut Run<'_>) -> Result<(), ServiceError> {
        let call = imp::presence(self.uid);
        let Answer { is_ok, text } = answer(&call, run)?;
        let none = |why: String| ServiceError::NoManager {
            program: call.program,
            source: io::Error::other(why),
        };
        if !is_ok {
            return Err(none(text));
        }
        match imp::home(&text) {
            Some(theirs) if Path::new(theirs) != home => {
                Err(none(format!("its home is {theirs}, not {}", home.display())))
            }
            _ => Ok(()),
        }
    }

    /// What is there; nothing where nothing of ours is.
    ///
    /// # Errors
    /// A file is not ours, or cannot be read.
    pub fn installed(&self) -> Result<Option<Installed>, ServiceError> {
        let files = self.ours()?;
        if files.is_empty() {
            return Ok(None);
        }
        let mut installed = Installed::default();
        for path in &files {
            let text = fs::read_to_string(path).map_err(failed("read", path))?;
            imp::read(&text, &mut installed);
        }
        installed.files = files;
        Ok(Some(installed))
    }

    /// Whether the files that are there are those of `spec`, byte for byte.
    ///
    /// # Errors
    /// A path that cannot be written there.
    pub fn is_as(&self, spec: &Spec) -> Result<bool, ServiceError> {
        let files = imp::files(spec)?;
        let same = |file: &UnitFile| {
            fs::read(self.folder.join(file.name)).is_ok_and(|bytes| bytes == file.text.as_bytes())
        };
        Ok(files.iter().all(same))
    }

    /// Writes the files and has the service started, now and at every log-in. One that is there
    /// already is ended and replaced. What fails half-way is taken away, and the one before begun again.
    ///
    /// # Errors
    /// A file of somebody else's is in the way, or the service manager refused.
    pub fn install(&self, spec: &Spec, run: &mut Run<'_>) -> Result<(), ServiceError> {
        let files = imp::files(spec)?;
        let ours = self.ours()?;
        let read = |path: &PathBuf| {
            let text = fs::read(path).map_err(failed("read", path))?;
            Ok::<_, ServiceError>((path.clone(), text))
        };
        let before = ours.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if !before.is_empty() {
            self.stop(run)?;
        }
        fs::create_dir_all(&self.folder).map_err(failed("create", &self.folder))?;
        let installed = files
            .iter()
            .try_for_each(|file| private::write(&self.folder.join(file.name), file.text.as_bytes()))
            .map_err(ServiceError::from)
            .and_then(|()| {
                imp::begin(&self.folder, self.uid).iter().try_for_each(|call| must(call, run))
            });
        installed.inspect_err(|_| {
            // Why it failed matters more.
            let _ = self.uninstall(&[], run);
            let _ = self.begin_again(&before, run);
        })
    }

    /// Has the service that was there before be there again: clients are led to its ports.
    fn begin_again(
        &self,
        before: &[(PathBuf, Vec<u8>)],
        run: &mut Run<'_>,
    ) -> Result<(), ServiceError> {
        if before.is_empty() {
            return Ok(());
        }
        before.iter().try_for_each(|(path, text)| private::write(path, text))?;
        imp::begin(&self.folder, self.uid).iter().try_for_each(|call| must(call, run))
    }

    /// Ends the service and deletes its files, and those folders of `made` that are empty then. What
    /// is gone already is gone, and where there is no service manager nothing is left to be ended.
    ///
    /// # Errors
    /// A file is not ours, or cannot be deleted.
    pub fn uninstall(&self, made: &[PathBuf], run: &mut Run<'_>) -> Result<(), ServiceError> {
        let ours = self.ours()?;
        if !ours.is_empty() {
            unmanaged_is_ended(self.stop(run))?;
        }
        self.unlink()?;
        for path in &ours {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("delete", path)(error));
                }
                _ => {}
            }
        }
        if !ours.is_empty() {
            let told = imp::after().iter().try_for_each(|call| answer(call, run).map(drop));
            unmanaged_is_ended(told)?;
        }
        for folder in made.iter().rev() {
            // One that somebody uses is not empty, and stays.
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }

    /// How it stands.
    ///
    /// # Errors
    /// There is no service manager, or a file is not ours.
    pub fn standing(&self, run: &mut Run<'_>) -> Result<Standing, ServiceError> {
        if self.ours()?.is_empty() {
            return Ok(Standing::ABSENT);
        }
        let answer = answer(&imp::ask(self.uid), run)?;
        Ok(imp::standing(&answer))
    }

    /// Ends it until the next log-in. The service manager refuses where nothing was started, and that
    /// is as well.
    ///
    /// # Errors
    /// There is no service manager.
    pub fn halt(&self, run: &mut Run<'_>) -> Result<(), ServiceError> {
        imp::halt(self.uid).iter().try_for_each(|call| answer(call, run).map(drop))
    }

    /// The service manager refuses where nothing was started, and that is as well.
    fn stop(&self, run: &mut Run<'_>) -> Result<(), ServiceError> {
        imp::end(self.uid).iter().try_for_each(|call| answer(call, run).map(drop))
    }

    /// Takes away the links by which it is started, where the service manager has not.
    fn unlink(&self) -> Result<(), ServiceError> {
        for link in imp::LINKS {
            let path = self.folder.join(link);
            let leads_to_us =
                fs::read_link(&path).is_ok_and(|to| to.file_name() == Path::new(link).file_name());
            if leads_to_us {
                fs::remove_file(&path).map_err(failed("delete", &path))?;
                if let Some(folder) = path.parent() {
                    // As the service manager does when the last one goes.
                    let _ = fs::remove_dir(folder);
                }
            }
        }
        Ok(())
    }

    /// Our files that are there.
    fn ours(&self) -> Result<Vec<PathBuf>, ServiceError> {
        let mut ours = Vec::new();
        for name in imp::NAMES {
            let path = self.folder.join(name);
            match fs::read(&path) {
                Ok(text) if text.windows(MARK.len()).any(|at| at == MARK.as_bytes()) => {
                    ours.push(path);
                }
                Ok(_) => return Err(ServiceError::Foreign(path)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed("read", &path)(error)),
            }
        }
        Ok(ours)
    }
}

/// Where there is nobody who manages, nothing is managed.
fn unmanaged_is_ended(told: Result<(), ServiceError>) -> Result<(), ServiceError> {
    match told {
        Err(ServiceError::NoManager { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(())
        }
        told => told,
    }
}

/// The latest of what the service manager has heard from the agent, `lines` at most; nothing where it
/// keeps nothing.
///
/// # Errors
/// Its program is not there, or says why it cannot.
pub fn log(lines: usize, env: &Lookup<'_>) -> io::Result<Option<String>> {
    let Some(call) = imp::log(lines) else { return Ok(None) };
    match runner(env)(&call)? {
        Answer { is_ok: true, text } => Ok(Some(text)),
        Answer { text, .. } => Err(io::Error::other(text)),
    }
}

/// Runs commands for a user with this environment.
pub fn runner<'a>(env: &'a Lookup<'a>) -> impl FnMut(&Call) -> io::Result<Answer> + 'a {
    move |call| {
        let env = |name: &str| {
            env(name).filter(|value| !value.is_empty()).or_else(|| imp::stand_in(name))
        };
        let program = Program::find(call.program, &env, VARIABLES)
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let ended = program.run(&call.arguments, Input::Nothing, LIMIT)?;
        let is_ok = ended.status.success();
        let text = if is_ok { ended.text()? } else { ended.words() };
        Ok(Answer { is_ok, text })
    }
}

impl Call {
    fn new(program: &'static str, arguments: &[&str]) -> Self {
        Self { program, arguments: arguments.iter().map(|&one| one.to_owned()).collect() }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program)?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

fn answer(call: &Call, run: &mut Run<'_>) -> Result<Answer, ServiceError> {
    run(call).map_err(|source| ServiceError::NoManager { program: call.program, source })
}

fn must(call: &Call, run: &mut Run<'_>) -> Result<(), ServiceError> {
    let Answer { is_ok, text } = answer(call, run)?;
    if is_ok {
        return Ok(());
    }
    Err(ServiceError::Refused { command: call.to_string(), words: text })
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ServiceError {
    let path = path.to_owned();
    move |source| ServiceError::Io { action, path, source }
}

/// What notes that another port was wanted.
const TAKEN: &str = "In place of port ";

/// The port that a note says was wanted, if there is one.
fn taken(text: &str) -> Option<Port> {
    let (_, rest) = text.split_once(TAKEN)?;
    let (port, _) = rest.split_once(',')?;
    Port::new(port.parse().ok()?).ok()
}

/// The note.
fn note_of_taken(port: Option<Port>) -> Option<String> {
    port.map(|port| format!("{TAKEN}{}, which was taken.", port.raw()))
}

/// A path that means itself in the files of both service managers, but for what each of them escapes.
fn plain(path: &Path) -> Result<&str, ServiceError> {
    path.to_str()
        .filter(|text| path.is_absolute() && !text.contains(['"', '\'', '\\', '$']))
        .filter(|text| !text.contains(char::is_control))
        .ok_or_else(|| ServiceError::Path(path.to_owned()))
}

#[cfg(test)]
mod tests;
