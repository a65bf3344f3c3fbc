//! The live stream of a running Vigil's API, message by message.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::{Context, Result, ensure};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, StatusCode, body::Incoming, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

#[derive(Debug)]
pub(crate) struct Stream {
    body: Incoming,
    buffer: BytesMut,
}

impl Stream {
    /// Listens from now on to the Vigil whose home this is.
    pub(crate) async fn open(vigil_home: &Path) -> Result<Self> {
        let text = fs::read_to_string(vigil_home.join("run/agent.json"));
        let run: Value = serde_json::from_str(&text.context("no run file")?)?;
        let field = |name: &str| run.get(name).and_then(Value::as_str).context("no run file");
        let api: SocketAddr = field("api")?.trim_start_matches("http://").parse()?;
        let stream = TcpStream::connect(api).await.context("the API does not listen")?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::get("/api/v1/stream")
            .header(header::HOST, api.to_string())
            .header(header::AUTHORIZATION, format!("Bearer {}", field("token")?))
            .body(Empty::<Bytes>::new())?;
        let response = sender.send_request(request).await?;
        ensure!(response.status() == StatusCode::OK, "the stream answers {}", response.status());
        let mut stream = Self { body: response.into_body(), buffer: BytesMut::new() };
        // It says first where it stands.
        stream.next().await?;
        Ok(stream)
    }

    /// The rows of the next message; none where it holds something else.
    pub(crate) async fn next(&mut self) -> Result<Vec<Value>> {
        loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\n\n") {
                let message = self.buffer.split_to(end + 2);
                return rows(std::str::from_utf8(&message)?);
            }
            let frame = self.body.frame().await.context("the stream ended")??;
            if let Ok(data) = frame.into_data() {
                self.buffer.extend_from_slice(&data);
            }
        }
    }
}

fn rows(message: &str) -> Result<Vec<Value>> {
    let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
    match (field("event: "), field("data: ")) {
        (Some("events"), Some(data)) => Ok(serde_json::from_str(data)?),
        _ => Ok(Vec::new()),
    }
}
