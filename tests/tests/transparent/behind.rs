//! Another proxy, behind the one that is tested, as a company has one.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

use vigil_platform::redirect;

/// It leads every CONNECT to where it is for.
pub(crate) struct Behind {
    at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Behind {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let tell = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let tell = Arc::clone(&tell);
                // A client that goes away ends its thread, nothing else.
                thread::spawn(move || serve(&client, &tell));
            }
        });
        Self { at, asked }
    }

    /// The file that `proxy.upstream` names.
    pub(crate) fn file(&self, folder: &Path) -> PathBuf {
        let file = folder.join("upstream");
        fs::write(&file, format!("http://{}\n", self.at)).unwrap();
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        file
    }

    /// What it was asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn forget(&self) {
        self.asked.lock().unwrap().clear();
    }
}

fn serve(mut client: &TcpStream, tell: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    let target = target.ok_or(io::ErrorKind::InvalidData)?;
    tell.lock().unwrap().push(target.to_owned());
    let to = target.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    // It is of the same user, whose connections are redirected.
    let upstream = redirect::connect_excluded(to)?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut from, mut back) = (client.try_clone()?, upstream.try_clone()?);
    let up = thread::spawn(move || {
        let _ = io::copy(&mut from, &mut back);
        let _ = back.shutdown(Shutdown::Write);
    });
    io::copy(&mut &upstream, &mut client)?;
    client.shutdown(Shutdown::Write)?;
    let _ = up.join();
    Ok(())
}
