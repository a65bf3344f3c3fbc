//! Having the user's own service manager start the agent, and hold its ports: a dead agent is then
//! started again by the next connection, and nobody else can take a port meanwhile. What is written
//! and what is run is made by pure functions, so that it can be shown before it is done. No command
//! is anybody's choice, and none goes through a shell.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use vigil_proto::rpc::Port;

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
    /// `VIGIL_HOME`, where it is not the usual one; an absolute path.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing of ours is there.
    Absent,
    /// It is installed and does not run.
    Stopped,
    /// It runs.
    Running,
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
    #[error("`{program}` cannot be run; without a service manager start Vigil with `vigil up`")]
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

    /// What [`Self::install`] would write, in its folder.
    ///
    /// # Errors
    /// A path that cannot be written there.
    pub fn files(spec: &Spec) -> Result<Vec<UnitFile>, ServiceError> {
        imp::files(spec)
    }

    /// Writes the files and has the service started, now and at every log-in. One that is there
    /// already is ended and replaced. What fails half-way is taken away.
    ///
    /// # Errors
    /// A file of somebody else's is in the way, or the service manager refused.
    pub fn install(&self, spec: &Spec, run: &mut Run<'_>) -> Result<(), ServiceError> {
        let files = imp::files(spec)?;
        if !self.ours()?.is_empty() {
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
            let _ = self.uninstall(run);
        })
    }

    /// Ends the service and deletes its files; what is gone already is gone.
    ///
    /// # Errors
    /// There is no service manager, or a file cannot be deleted.
    pub fn uninstall(&self, run: &mut Run<'_>) -> Result<(), ServiceError> {
        let ours = self.ours()?;
        if !ours.is_empty() {
            self.stop(run)?;
        }
        for path in &ours {
            fs::remove_file(path).map_err(failed("delete", path))?;
        }
        if !ours.is_empty() {
            imp::after().iter().try_for_each(|call| answer(call, run).map(drop))?;
        }
        Ok(())
    }

    /// How it stands.
    ///
    /// # Errors
    /// There is no service manager, or a file is not ours.
    pub fn status(&self, run: &mut Run<'_>) -> Result<Status, ServiceError> {
        if self.ours()?.is_empty() {
            return Ok(Status::Absent);
        }
        let answer = answer(&imp::ask(self.uid), run)?;
        let is_running = answer.is_ok && imp::is_running(&answer.text);
        Ok(if is_running { Status::Running } else { Status::Stopped })
    }

    /// The service manager refuses where nothing was started, and that is as well.
    fn stop(&self, run: &mut Run<'_>) -> Result<(), ServiceError> {
        imp::end(self.uid).iter().try_for_each(|call| answer(call, run).map(drop))
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

/// Runs commands for a user with this environment.
pub fn runner<'a>(env: &'a Lookup<'a>) -> impl FnMut(&Call) -> io::Result<Answer> + 'a {
    move |call| {
        let program = Program::find(call.program, env, VARIABLES)
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

fn answer(call: &Call, run: &mut Run<'_>) -> Result<Answer, ServiceError> {
    run(call).map_err(|source| ServiceError::NoManager { program: call.program, source })
}

fn must(call: &Call, run: &mut Run<'_>) -> Result<(), ServiceError> {
    let Answer { is_ok, text } = answer(call, run)?;
    if is_ok {
        return Ok(());
    }
    let command = format!("{} {}", call.program, call.arguments.join(" "));
    Err(ServiceError::Refused { command, words: text })
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ServiceError {
    let path = path.to_owned();
    move |source| ServiceError::Io { action, path, source }
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
