//! Every cell that carries meaning, one after the other: edited, it is told.

use rusqlite::{Connection, types::Value};

use vigil_proto::{
    SessionFacts, Severity, Witness,
    event::Way,
    package::{Assessment, InstallWay, Installed, Package, PackageSource, Reason},
};

use super::{
    super::{
        machine::{called, flow, kernel, process},
        parts::open,
    },
    Bench, filled, masked, second, session, verify,
};
use crate::{Suppression, SuppressionOf};

/// Tables, how their rows are named, and the columns that nobody is told: counters and positions
/// that follow from the rest, and how long a block is when it is unpacked.
const TABLES: &[(&str, &str, &[&str])] = &[
    ("events", "rowid", &[]),
    ("calls", "rowid", &[]),
    ("findings", "rowid", &[]),
    ("bodies", "rowid", &[]),
    ("blocks", "rowid", &["raw"]),
    ("sightings", "event, witness, source", &[]),
    ("finding_sightings", "finding, event, field, start", &[]),
    ("triage_log", "rowid", &["id"]),
    ("names", "rowid", &[]),
    ("turns", "rowid", &[]),
    ("suppressions", "rowid", &[]),
    (
        "sessions",
        "rowid",
        &[
            "title_rank",
            "model",
            "model_at",
            "started",
            "last",
            "prompts",
            "prompts_side",
            "numbered",
            "numbered_side",
            "messages",
            "tool_calls",
            "findings",
            "deleted",
            "rewritten",
        ],
    ),
    ("sources", "rowid", &["device", "inode", "head", "head_len", "position", "state", "read_at"]),
    ("links", "rowid", &[]),
];

fn others(value: &Value) -> Vec<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    match value {
        Value::Null => vec![Value::Integer(1), text("x")],
        Value::Integer(n) => vec![Value::Integer(n + 1), Value::Integer(-n - 7), text("x")],
        Value::Text(t) => vec![text(&format!("{t}x")), Value::Null, Value::Blob(t.clone().into())],
        Value::Blob(b) => {
            let mut other = b.clone();
            other[0] ^= 1;
            vec![Value::Blob(other), Value::Blob(Vec::new()), Value::Null]
        }
        Value::Real(n) => vec![Value::Real(n + 1.0)],
    }
}

#[test]
fn every_edited_cell_is_told() {
    let dir = filled();
    let (store, _) = open(dir.path());
    let of = SuppressionOf::Path { rule: "no_rule".to_owned(), path: masked("tests/**") };
    let new = Suppression { of, reason: masked("made up"), expires: Some(second(99)) };
    store.writer().suppress(new, second(11)).unwrap();
    store.close().unwrap();
    let pristine = std::fs::read(dir.path().join("vigil.db")).unwrap();
    let conn = Connection::open(dir.path().join("vigil.db")).unwrap();
    let mut edits = 0;
    for (table, key, silent) in TABLES {
        let columns: Vec<String> = conn
            .prepare("SELECT name FROM pragma_table_info(?)")
            .unwrap()
            .query_map([table], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let rows = cells(&conn, table).len();
        assert!(rows > 0, "nothing in {table}");
        for column in columns.iter().filter(|column| !silent.contains(&column.as_str())) {
            for at in 0..rows {
                edits += edit_cell(&pristine, (table, key, column), at);
            }
        }
    }
    assert!(edits > 700, "{edits}");
}

#[test]
fn every_edited_cell_of_processes_and_connections_is_told() {
    let dir = machine();
    let pristine = std::fs::read(dir.path().join("vigil.db")).unwrap();
    let conn = Connection::open(dir.path().join("vigil.db")).unwrap();
    let mut edits = 0;
    for table in ["events", "processes", "flows"] {
        let columns: Vec<String> = conn
            .prepare("SELECT name FROM pragma_table_info(?)")
            .unwrap()
            .query_map([table], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let rows = cells(&conn, table).len();
        assert!(rows > 0, "nothing in {table}");
        for column in &columns {
            for at in 0..rows {
                edits += edit_cell(&pristine, (table, "rowid", column), at);
            }
        }
    }
    assert!(edits > 150, "{edits}");
    for gone in ["DELETE FROM processes WHERE seq = 2", "DELETE FROM flows"] {
        let copy = tempfile::tempdir().unwrap();
        std::fs::write(copy.path().join("vigil.db"), &pristine).unwrap();
        super::edit(copy.path(), gone);
        assert!(!verify(copy.path()).intact, "{gone}");
    }
}

#[test]
fn every_edited_cell_of_installs_is_told() {
    let dir = installing();
    let pristine = std::fs::read(dir.path().join("vigil.db")).unwrap();
    let conn = Connection::open(dir.path().join("vigil.db")).unwrap();
    let columns: Vec<String> = conn
        .prepare("SELECT name FROM pragma_table_info('installs')")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut edits = 0;
    for column in &columns {
        for at in 0..cells(&conn, "installs").len() {
            edits += edit_cell(&pristine, ("installs", "seq, place", column), at);
        }
    }
    assert!(edits > 40, "{edits}");
    for gone in ["DELETE FROM installs WHERE place = 1", "DELETE FROM installs"] {
        let copy = tempfile::tempdir().unwrap();
        std::fs::write(copy.path().join("vigil.db"), &pristine).unwrap();
        super::edit(copy.path(), gone);
        assert!(!verify(copy.path()).intact, "{gone}");
    }
}

/// A store with two packages of a tool call, one told when the call was on record already, closed.
fn installing() -> tempfile::TempDir {
    let bench = Bench::new();
    let call = super::tool_call(1, "t1", r#"{"command":"npm i a b"}"#);
    let installed = |place: u32, name: &str| Installed {
        event: call.id,
        place,
        way: InstallWay::Command,
        package: Package {
            manager: "npm".into(),
            ecosystem: "npm".into(),
            name: Some(masked(name)),
            version: Some(masked("1")),
            source: PackageSource::Index,
            url: Some(masked("https://index.test")),
            flags: vec!["global".into()],
        },
        verdict: Assessment {
            severity: Some(Severity::High),
            reasons: vec![Reason::like("similar-name", "c")],
        },
        judged_by: super::second(1),
    };
    let mut told = super::batch(Witness::Transcript, vec![call.clone()]);
    told.installs.push(installed(0, "a"));
    bench.put(told);
    let mut later = super::batch(Witness::Vigil, Vec::new());
    later.installs.push(installed(1, "b"));
    bench.put(later);
    let Bench { dir, store, .. } = bench;
    store.close().unwrap();
    assert!(verify(dir.path()).intact);
    dir
}

/// A store with processes and connections that were seen more than once, closed.
fn machine() -> tempfile::TempDir {
    let bench = Bench::new();
    let long = format!("node {}", "--flag ".repeat(30));
    let mut told = kernel(vec![
        process(100, 0, "claude"),
        process(101, 1, "bash"),
        flow(5001, 3, "192.0.2.1", Way::Past),
    ]);
    bench.put(told.clone());
    told.events[1] = called(process(101, 1, &long), "t1");
    told.sessions.push(SessionFacts::new("claude-code", masked("s1"), session()));
    bench.put(told);
    let Bench { dir, store, .. } = bench;
    store.close().unwrap();
    assert!(verify(dir.path()).intact);
    dir
}

fn cells(conn: &Connection, table: &str) -> Vec<Vec<Value>> {
    let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect());
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Edits one cell in copies of the store, to one value after the other; gives how many could be.
fn edit_cell(pristine: &[u8], (table, key, column): (&str, &str, &str), at: usize) -> usize {
    let place =
        format!("({key}) IN (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {at})");
    let mut edits = 0;
    for n in 0.. {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("vigil.db"), pristine).unwrap();
        let conn = Connection::open(dir.path().join("vigil.db")).unwrap();
        conn.pragma_update(None, "synchronous", "OFF").unwrap();
        let sql = format!("SELECT {column} FROM {table} WHERE {place}");
        let value: Value = conn.query_row(&sql, [], |row| row.get(0)).unwrap();
        let Some(other) = others(&value).into_iter().nth(n) else { break };
        let before = cells(&conn, table);
        let sql = format!("UPDATE {table} SET {column} = ? WHERE {place}");
        // A constraint may forbid it, and SQLite may turn it into what was there.
        if conn.execute(&sql, [&other]).is_ok() && cells(&conn, table) != before {
            drop(conn);
            assert!(!verify(dir.path()).intact, "{table}.{column} row {at}: {value:?}, {other:?}");
            edits += 1;
        }
    }
    edits
}
