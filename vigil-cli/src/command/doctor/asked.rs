//! The dashboard, asked as a browser would: its page, what that page needs, and the live stream.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use vigil_proto::report::Check;

use super::{Round, off, problem, running, works};

/// How long each answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// So much of an answer is read, in bytes.
const MOST: u64 = 1024 * 1024;
/// The beginning of an answer's body that is enough of a stream, which has no end.
const BEGINNING: usize = 512;

pub(super) fn dashboard(round: &Round<'_>) -> Check {
    const NAME: &str = "dashboard";
    let Some((at, bearer)) = round.agent.as_ref().and_then(|(agent, _)| agent.door()) else {
        return off(NAME, "not tried: the agent does not run", "");
    };
    let mend = &format!("{}; `vigil logs` says more", running::again(round));
    let page = match ask(at, "/", "", true) {
        Ok(page) => page,
        Err(error) => return problem(NAME, format!("its page does not come: {error}"), mend),
    };
    let Some(asset) = asset(&page) else {
        return problem(NAME, "its page names nothing that it needs", mend);
    };
    if let Err(error) = ask(at, &asset, "", true) {
        return problem(NAME, format!("{asset} does not come: {error}"), mend);
    }
    let credentials = format!("Authorization: {bearer}\r\n");
    if let Err(error) = ask(at, "/api/v1/stream", &credentials, false) {
        return problem(NAME, format!("its live stream does not open: {error}"), mend);
    }
    works(NAME, "its page, its script and its live stream came")
}

/// The answer to a question, which must be a good one: all of it, or only its beginning.
fn ask(at: SocketAddr, path: &str, fields: &str, whole: bool) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&at, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let question = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nAccept: */*\r\n{fields}Connection: close\r\n\r\n",
        at.port()
    );
    stream.write_all(question.as_bytes())?;
    let mut answer = Vec::new();
    if whole {
        stream.take(MOST).read_to_end(&mut answer)?;
    } else {
        let mut piece = [0; BEGINNING];
        while !has_body(&answer) {
            let read = stream.read(&mut piece)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            answer.extend_from_slice(piece.get(..read).unwrap_or_default());
        }
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.lines().next().unwrap_or_default();
    if status.starts_with("HTTP/1.1 200 ") {
        Ok(text)
    } else {
        Err(io::Error::other(status.to_owned()))
    }
}

/// True once something came after the head.
fn has_body(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    text.split_once("\r\n\r\n").is_some_and(|(_, body)| !body.is_empty())
}

/// A script that the page needs.
fn asset(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("<script ")?;
    let (_, rest) = rest.split_once("src=\"")?;
    let (path, _) = rest.split_once('"')?;
    Some(format!("/{}", path.trim_start_matches("./").trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::{asset, has_body};

    #[test]
    fn the_page_s_script_is_found() {
        let page = "<head><script type=\"module\" src=\"./main.js\"></script></head>";
        assert_eq!(asset(page).as_deref(), Some("/main.js"));
        assert_eq!(asset("<p>nothing</p>"), None);
    }

    #[test]
    fn a_head_is_no_body() {
        assert!(!has_body(b"HTTP/1.1 200 OK\r\n\r\n"));
        assert!(has_body(b"HTTP/1.1 200 OK\r\n\r\n:"));
    }
}
