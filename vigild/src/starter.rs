//! The first process: looks whether its folders are its own, has the socket, starts the others,
//! gives up everything and waits. It reads no byte of a caller.

use std::{
    env,
    error::Error,
    fs::{self, Permissions},
    io,
    os::{
        fd::OwnedFd,
        unix::{fs::PermissionsExt, net::UnixListener},
    },
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use vigil_platform::{
    activation, channel,
    sandbox::{self, Part},
    sealed::Folder,
    signal::{Signal, Signals},
};

use crate::{flags::Setup, log};

/// How long the mutator and the helper may take to put things back when the daemon stops.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, thiserror::Error)]
enum StarterError {
    #[error(
        "no socket: vigild is started by the service manager (`systemctl start vigild.socket`)"
    )]
    NoSocket,
    #[error("the socket has to be in a folder, by its absolute path")]
    SocketPlace,
    #[error("cannot {0}")]
    Io(&'static str, #[source] io::Error),
    #[error("the {0} ended ({1})")]
    Ended(&'static str, ExitStatus),
}

pub(crate) fn run(setup: &Setup) -> Result<(), Box<dyn Error>> {
    // Looked at before anything is listened on; the mutator looks again for itself.
    Folder::open(&setup.state, setup.owner)?;
    let socket = match &setup.socket {
        Some(path) => listen(path, setup.owner)?,
        None => activation::socket()?.ok_or(StarterError::NoSocket)?,
    };
    let signals = Signals::hold()?;
    let (to_mutator, to_reader) = channel::pair()?;
    let (to_helper, of_helper) = channel::pair()?;
    let helper = start("helper", setup, of_helper.into(), None)?;
    let mutator = start("mutator", setup, to_reader.into(), Some(to_helper.into()))?;
    let reader = start("reader", setup, to_mutator.into(), Some(socket.into()))?;
    sandbox::enter(Part::Starter).map_err(|error| StarterError::Io("give up rights", error))?;
    Parts { helper, mutator, reader }.wait(&signals)
}

/// The helper and a mutator that hears nobody: it puts everything back, and its end is ours.
pub(crate) fn undo(setup: &Setup) -> Result<(), Box<dyn Error>> {
    let is_there = setup.state.try_exists();
    if !is_there.map_err(|error| StarterError::Io("look for the journal", error))? {
        log::say(format_args!("undo: nothing was ever changed"));
        return Ok(());
    }
    let (nobody, to_nobody) = channel::pair()?;
    let (to_helper, of_helper) = channel::pair()?;
    let mut helper = start("helper", setup, of_helper.into(), None)?;
    let mut mutator = start("mutator", setup, to_nobody.into(), Some(to_helper.into()))?;
    sandbox::enter(Part::Starter).map_err(|error| StarterError::Io("give up rights", error))?;
    let ended = mutator.wait()?;
    drop(nobody);
    await_end(&mut helper, "helper")?;
    if ended.success() { Ok(()) } else { Err(StarterError::Ended("mutator", ended).into()) }
}

/// A socket of our own, in a folder that nobody else can change. Anybody may connect.
fn listen(path: &Path, owner: u32) -> Result<UnixListener, Box<dyn Error>> {
    let (Some(folder), Some(name)) =
        (path.parent(), path.file_name().and_then(|name| name.to_str()))
    else {
        return Err(StarterError::SocketPlace.into());
    };
    let folder = Folder::open(folder, owner)?;
    folder.clear_socket(name)?;
    let socket = UnixListener::bind(path).map_err(|error| StarterError::Io("listen", error))?;
    // Made with 0600 and opened then: nobody who is not meant to is ever let in.
    fs::set_permissions(path, Permissions::from_mode(0o666))
        .map_err(|error| StarterError::Io("open the socket", error))?;
    Ok(socket)
}

/// This program again, with nothing of our environment and two descriptors of ours.
fn start(
    part: &'static str,
    setup: &Setup,
    input: OwnedFd,
    output: Option<OwnedFd>,
) -> Result<Child, StarterError> {
    let program = env::current_exe().map_err(|error| StarterError::Io("find itself", error))?;
    Command::new(program)
        .args(setup.arguments(part))
        .env_clear()
        .current_dir("/")
        .stdin(input)
        .stdout(output.map_or_else(Stdio::null, Stdio::from))
        .spawn()
        .map_err(|error| StarterError::Io("start itself again", error))
}

/// The others.
struct Parts {
    helper: Child,
    mutator: Child,
    reader: Child,
}

impl Parts {
    /// Until we are to stop, or one of them ends, which is an error: the service manager starts all of
    /// it anew.
    fn wait(mut self, signals: &Signals) -> Result<(), Box<dyn Error>> {
        let ended = loop {
            if signals.wait() == Signal::Stop {
                break None;
            }
            if let Some(status) = self.reader.try_wait()? {
                break Some(("reader", status));
            }
            if let Some(status) = self.mutator.try_wait()? {
                break Some(("mutator", status));
            }
            if let Some(status) = self.helper.try_wait()? {
                break Some(("helper", status));
            }
        };
        self.stop()?;
        match ended {
            None => {
                log::say(format_args!("stopped"));
                Ok(())
            }
            Some((part, status)) => Err(StarterError::Ended(part, status).into()),
        }
    }

    /// The reader keeps nothing that would be lost. The mutator hears of its end, finishes what it
    /// does, puts back what it set, and ends by itself; the helper hears of that, and does the same.
    fn stop(&mut self) -> io::Result<()> {
        // It may have ended already.
        let _ = self.reader.kill();
        self.reader.wait()?;
        await_end(&mut self.mutator, "mutator")?;
        await_end(&mut self.helper, "helper")
    }
}

fn await_end(part: &mut Child, name: &str) -> io::Result<()> {
    let since = Instant::now();
    while part.try_wait()?.is_none() {
        if since.elapsed() > PATIENCE {
            log::say(format_args!("the {name} does not end; the journal is replayed next time"));
            let _ = part.kill();
            part.wait()?;
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
