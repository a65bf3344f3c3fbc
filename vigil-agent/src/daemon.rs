//! The root daemon, as far as it is there. Threads ask it; what it is not there for, they do
//! without. This room knows the protocol and the platform, and nothing else of the agent.
//!
//! Questions of all parts go through one connection ([`Daemon::ask`]), evenly, so that the daemon's
//! limits for one user are not reached. Who watches has a connection of its own
//! ([`Daemon::connect`], [`Connection::watch`]), and connects again itself, with [`Pause`] between.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use vigil_platform::call::CallError;
use vigil_proto::rpc::{Request, Response, Status, limits};

mod connection;
mod pause;
mod state;

pub use self::{
    connection::{Connection, Watching},
    pause::Pause,
    state::{Standing, State},
};

/// Why there is no answer.
pub type DaemonError = CallError;

/// Between two questions: below what one user may ask, with room for the command line.
const BETWEEN: Duration = Duration::from_millis(1000 / 15);

/// A connection that was quiet for longer may be closed by now.
const FRESH: Duration = limits::IDLE.saturating_sub(Duration::from_secs(15));

/// The root daemon. Clones share what is known of it, and the connection for questions.
#[derive(Clone, Debug)]
pub struct Daemon(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    socket: PathBuf,
    owner: u32,
    state: Mutex<State>,
    questions: Mutex<Questions>,
}

/// The connection for questions.
#[derive(Debug)]
struct Questions {
    open: Option<Connection>,
    /// When it was last used.
    used: Instant,
}

impl Daemon {
    /// The daemon that listens at `socket` as `owner`; nobody else's answers are believed. Asks
    /// nothing yet.
    pub fn new(socket: PathBuf, owner: u32) -> Self {
        let questions = Mutex::new(Questions { open: None, used: Instant::now() });
        Self(Arc::new(Shared { socket, owner, state: Mutex::new(State::new()), questions }))
    }

    /// A greeted connection of the caller's own.
    ///
    /// # Errors
    /// There is no daemon, or none that can be used.
    pub fn connect(&self) -> Result<Connection, DaemonError> {
        let connection = Connection::open(&self.0.socket, self.0.owner);
        match &connection {
            // One connection too many says nothing of the others.
            Ok(_) | Err(DaemonError::Refused(_)) => {}
            Err(error) => self.know(Standing::after(error)),
        }
        connection
    }

    /// Asks a question by the connection that all share. A question that changes nothing is asked
    /// once more when the connection turns out to be gone.
    ///
    /// # Errors
    /// As [`Connection::ask`].
    pub fn ask(&self, request: &Request) -> Result<Response, DaemonError> {
        let mut questions = lock(&self.0.questions);
        let was_open = questions.open.is_some() && questions.used.elapsed() < FRESH;
        let answer = self.ask_once(&mut questions, request);
        match answer {
            Err(DaemonError::Io { .. }) if was_open && !request.verb().is_change() => {
                self.ask_once(&mut questions, request)
            }
            answer => answer,
        }
    }

    /// Asks how the daemon stands towards this user.
    ///
    /// # Errors
    /// As [`Connection::ask`].
    pub fn status(&self) -> Result<Status, DaemonError> {
        match self.ask(&Request::Status)? {
            Response::Status(status) => {
                self.know(Standing::Running(Box::new(status.clone())));
                Ok(status)
            }
            _ => Err(DaemonError::Unexpected),
        }
    }

    /// What is known of it. Asks nothing.
    pub fn state(&self) -> State {
        lock(&self.0.state).clone()
    }

    fn ask_once(
        &self,
        questions: &mut Questions,
        request: &Request,
    ) -> Result<Response, DaemonError> {
        thread::sleep(BETWEEN.saturating_sub(questions.used.elapsed()));
        if questions.used.elapsed() >= FRESH {
            questions.open = None;
        }
        let mut connection = match questions.open.take() {
            Some(connection) => connection,
            None => Connection::open(&self.0.socket, self.0.owner)
                .inspect_err(|error| self.know(Standing::after(error)))?,
        };
        let answer = connection.ask(request);
        questions.used = Instant::now();
        match &answer {
            Ok(_) => questions.open = Some(connection),
            Err(DaemonError::Refused(_)) if !connection.is_over() => {
                questions.open = Some(connection);
            }
            Err(error) => self.know(Standing::after(error)),
        }
        answer
    }

    fn know(&self, standing: Standing) {
        lock(&self.0.state).know(standing, SystemTime::now());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
