//! What is known of a process or a connection beside its event.

use rusqlite::Connection;
use serde_json::{Value, json};
use vigil_proto::{Timestamp, event::Way, report::EventRow};

use super::{super::label, word};
use crate::apply;

pub(super) fn add_process(conn: &Connection, event: &mut EventRow) -> rusqlite::Result<()> {
    let mut statement = conn.prepare_cached(
        "SELECT p.*, n.text AS client_name FROM processes p JOIN names n ON n.id = p.client
         WHERE p.seq = ?",
    )?;
    let mut rows = statement.query([event.seq])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    event.process = apply::process_ref(row, ["pid", "started"])?;
    event.client = Some(row.get("client_name")?);
    let mut put = put_into(event);
    put("root", json!(apply::process_ref(row, ["root_pid", "root_started"])?));
    put("parent", json!(apply::process_ref(row, ["parent_pid", "parent_started"])?));
    for name in ["exe", "cwd"] {
        put(name, json!(row.get::<_, Option<String>>(name)?.map(label)));
    }
    if row.get("argv_cut")? {
        put("argv_cut", json!(true));
    }
    if let Some(earlier) = row.get::<_, Option<String>>("earlier")? {
        put("earlier", serde_json::from_str(&earlier).unwrap_or(Value::Null));
    }
    put("ended", json!(row.get::<_, Option<i64>>("ended")?.map(Timestamp::from_micros)));
    put("exit", json!(apply::exit(row)?));
    for name in ["cpu_us", "peak_rss"] {
        put(name, json!(row.get::<_, Option<i64>>(name)?));
    }
    Ok(())
}

pub(super) fn add_flow(conn: &Connection, event: &mut EventRow) -> rusqlite::Result<()> {
    let mut statement = conn.prepare_cached(
        "SELECT f.*, n.text AS client_name FROM flows f LEFT JOIN names n ON n.id = f.client
         WHERE f.seq = ?",
    )?;
    let mut rows = statement.query([event.seq])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    event.process = apply::process_ref(row, ["pid", "started"])?;
    event.client = event.client.take().or(row.get("client_name")?);
    // Of an older schema, it says the same in other words.
    event.detail.clear();
    let mut put = put_into(event);
    put("way", json!(word(row.get("way")?, Way::from_code)?));
    for name in ["port", "sent", "received", "duration_us", "client_port"] {
        put(name, json!(row.get::<_, Option<i64>>(name)?));
    }
    if row.get("open")? {
        put("open", json!(true));
    }
    Ok(())
}

fn put_into(event: &mut EventRow) -> impl FnMut(&str, Value) {
    |name, value| {
        if !value.is_null() {
            event.detail.insert(name.to_owned(), value);
        }
    }
}
