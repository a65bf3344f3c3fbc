//! As much of HTTP/1.1 as clients need.

use std::io::{BufRead, Read as _, Write};

use serde_json::Value;

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// Its target without what is asked behind `?`.
    pub(super) path: String,
    fields: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// The next one; `None` when the client is gone.
    pub(super) fn read(reader: &mut impl BufRead) -> Option<Self> {
        let first = line(reader)?;
        let mut words = first.split(' ');
        let method = words.next()?.to_owned();
        let path = words.next()?.split('?').next()?.to_owned();
        let mut fields = Vec::new();
        loop {
            let line = line(reader)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Self { method, path, fields, body: Vec::new() };
        if request.field("transfer-encoding") == Some("chunked") {
            loop {
                let size = line(reader)?;
                let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
                let mut chunk = vec![0; size];
                reader.read_exact(&mut chunk).ok()?;
                line(reader)?;
                if size == 0 {
                    break;
                }
                request.body.extend(chunk);
            }
        } else if let Some(length) = request.field("content-length") {
            let length: u64 = length.parse().ok()?;
            reader.take(length).read_to_end(&mut request.body).ok()?;
        }
        Some(request)
    }

    /// The field called `name`, in small letters.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    Some(line.trim_end().to_owned())
}

/// Answers with one JSON document.
pub(super) fn document(out: &mut impl Write, status: &str, id: &str, body: &Value) -> Option<()> {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{}{}content-length: {}\r\n\r\n",
        ids(id),
        if status.starts_with('2') { "" } else { "retry-after: 0\r\n" },
        body.len()
    );
    out.write_all(head.as_bytes()).ok()?;
    out.write_all(body.as_bytes()).ok()?;
    out.flush().ok()
}

/// Answers with `events`, one by one; the last word is `end`.
pub(super) fn stream(
    out: &mut impl Write,
    id: &str,
    events: &[Value],
    end: Option<&str>,
) -> Option<()> {
    begin(out, id, events)?;
    if let Some(end) = end {
        chunk(out, &format!("data: {end}\n\n"))?;
    }
    out.write_all(b"0\r\n\r\n").ok()?;
    out.flush().ok()
}

/// Begins an answer with `events`, and ends nothing.
pub(super) fn begin(out: &mut impl Write, id: &str, events: &[Value]) -> Option<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n{}transfer-encoding: chunked\r\n\r\n",
        ids(id)
    );
    out.write_all(head.as_bytes()).ok()?;
    for event in events {
        let name = event["type"].as_str().map(|name| format!("event: {name}\n"));
        chunk(out, &format!("{}data: {event}\n\n", name.unwrap_or_default()))?;
    }
    Some(())
}

/// What the providers call a request's id.
fn ids(id: &str) -> String {
    format!("request-id: req_{id}\r\nx-request-id: req_{id}\r\n")
}

fn chunk(out: &mut impl Write, text: &str) -> Option<()> {
    write!(out, "{:x}\r\n{text}\r\n", text.len()).ok()?;
    out.flush().ok()
}
