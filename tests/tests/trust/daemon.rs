//! The real daemon on the machine, and its socket.

use std::{
    fs::{self, Permissions},
    io::{Read as _, Write as _},
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::Path,
    process::{Child, Command},
    time::Duration,
};

use vigil_proto::rpc::{Decoder, Request, Response, frame};
use vigil_tests::vigil::{eventually, signal};

pub(crate) struct Daemon {
    child: Child,
    stream: UnixStream,
}

impl Daemon {
    /// Starts `program` with a place in `folder`, where root alone is enrolled.
    pub(crate) fn start(program: &Path, folder: &Path) -> Self {
        let (socket, state, enrolled) =
            (folder.join("vigild.sock"), folder.join("state"), folder.join("enrolled"));
        if !state.exists() {
            fs::create_dir(&state).unwrap();
            fs::set_permissions(&state, Permissions::from_mode(0o700)).unwrap();
        }
        fs::write(&enrolled, "0\n").unwrap();
        fs::set_permissions(&enrolled, Permissions::from_mode(0o644)).unwrap();
        let child = Command::new(program)
            .arg("--socket")
            .arg(&socket)
            .arg("--state")
            .arg(&state)
            .arg("--enrolled")
            .arg(&enrolled)
            .args(["--trust-root", "/"])
            .spawn()
            .unwrap();
        let stream = eventually("the daemon listens", || UnixStream::connect(&socket).ok());
        stream.set_read_timeout(Some(Duration::from_mins(2))).unwrap();
        let mut daemon = Self { child, stream };
        let welcome = daemon.ask(&Request::hello());
        assert!(matches!(welcome, Response::Welcome(_)), "{welcome:?}");
        daemon
    }

    pub(crate) fn ask(&mut self, request: &Request) -> Response {
        self.stream.write_all(&frame::encode(1, request).unwrap()).unwrap();
        let mut decoder = Decoder::new();
        let mut buffer = [0; 4096];
        loop {
            let length = self.stream.read(&mut buffer).unwrap();
            assert!(length > 0, "the daemon closed the connection");
            if let Some(frame) = decoder.feed(&mut buffer.get(..length).unwrap()).unwrap() {
                return frame.message;
            }
        }
    }

    pub(crate) fn stop(mut self) {
        signal(self.child.id(), "TERM");
        assert!(self.child.wait().unwrap().success());
    }
}
