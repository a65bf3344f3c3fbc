use proptest::prelude::*;
use serde_json::json;

use super::{
    ATTRIBUTES_MAX, Form, Logs, MESSAGE_ATTRIBUTES_MAX, RECORDS_MAX, Unreadable, Value, logs,
};

type Pairs = Vec<(&'static str, Value<'static>)>;

/// A message of one program in both forms: each record with its time and what it tells.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Message {
    pub(in super::super) resource: Pairs,
    pub(in super::super) records: Vec<(u64, Pairs)>,
}

pub(in super::super) fn text(text: &'static str) -> Value<'static> {
    Value::Text(text.into())
}

impl Message {
    pub(in super::super) fn json(&self) -> Vec<u8> {
        let pairs = |pairs: &Pairs| -> Vec<serde_json::Value> {
            pairs.iter().map(|(key, value)| json!({"key": key, "value": wrapped(value)})).collect()
        };
        let records: Vec<_> = self
            .records
            .iter()
            .map(|(at, told)| {
                json!({
                    "timeUnixNano": "0", "observedTimeUnixNano": at.to_string(),
                    "severityNumber": 9, "body": null, "traceId": "",
                    "attributes": pairs(told),
                })
            })
            .collect();
        json!({"resourceLogs": [{
            "resource": {"attributes": pairs(&self.resource), "droppedAttributesCount": 0},
            "scopeLogs": [{"scope": {"name": "x"}, "logRecords": records}],
        }]})
        .to_string()
        .into_bytes()
    }

    pub(in super::super) fn protobuf(&self) -> Vec<u8> {
        let resource: Vec<u8> = self.resource.iter().flat_map(|p| field(1, &pair(p))).collect();
        let records = self.records.iter().flat_map(|(at, told)| {
            let mut record = vec![0x09];
            record.extend([0; 8]);
            record.extend([0x10, 9]);
            record.extend(told.iter().flat_map(|p| field(6, &pair(p))));
            record.push(11 << 3 | 1);
            record.extend(at.to_le_bytes());
            field(2, &record)
        });
        let scope: Vec<u8> = field(1, b"\x0a\x01x").into_iter().chain(records).collect();
        field(1, &[field(1, &resource), field(2, &scope)].concat())
    }

    pub(in super::super) fn written(&self, form: Form) -> Vec<u8> {
        match form {
            Form::Json => self.json(),
            Form::Protobuf => self.protobuf(),
        }
    }
}

fn wrapped(value: &Value<'_>) -> serde_json::Value {
    match value {
        Value::Text(text) => json!({"stringValue": text}),
        Value::Int(n) => json!({"intValue": n.to_string()}),
        Value::Float(n) => json!({"doubleValue": n}),
        Value::Bool(flag) => json!({"boolValue": flag}),
        Value::Other => json!({"arrayValue": {"values": [{"stringValue": "x"}]}}),
    }
}

fn pair((key, value): &(&'static str, Value<'static>)) -> Vec<u8> {
    let value = match value {
        Value::Text(text) => field(1, text.as_bytes()),
        Value::Bool(flag) => vec![0x10, u8::from(*flag)],
        Value::Int(n) => [vec![0x18], varint(n.cast_unsigned())].concat(),
        Value::Float(n) => [vec![0x21], n.to_bits().to_le_bytes().to_vec()].concat(),
        Value::Other => field(5, &field(1, &field(1, b"x"))),
    };
    [field(1, key.as_bytes()), field(2, &value)].concat()
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [vec![number << 3 | 2], varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn varint(mut n: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while n > 0x7f {
        bytes.push(n.to_le_bytes()[0] | 0x80);
        n >>= 7;
    }
    bytes.push(n.to_le_bytes()[0]);
    bytes
}

fn sample() -> Message {
    Message {
        resource: vec![("service.version", text("2.1"))],
        records: vec![
            (
                1_795_000_000_000_000_123,
                vec![
                    ("a", text("with \"quotes\" and ü")),
                    ("count", Value::Int(-3)),
                    ("written", text("17")),
                    ("cost", Value::Float(0.25)),
                    ("yes", Value::Bool(true)),
                    ("list", Value::Other),
                ],
            ),
            (7, Vec::new()),
        ],
    }
}

#[test]
fn both_forms_of_a_message_say_the_same() {
    let message = sample();
    let (json, protobuf) = (message.json(), message.protobuf());

    let read = logs(Form::Json, &json).unwrap();

    assert_eq!(read, logs(Form::Protobuf, &protobuf).unwrap());
    let group = &read.groups[0];
    assert_eq!(group.resource.text("service.version"), Some("2.1"));
    assert_eq!((group.records.len(), read.beyond), (2, 0));
    let (record, told) = (&group.records[0], &group.records[0].attributes);
    assert_eq!((record.at, record.observed), (0, 1_795_000_000_000_000_123));
    assert_eq!(told.text("a"), Some("with \"quotes\" and ü"));
    assert_eq!((told.count("written"), told.count("count")), (Some(17), None));
    assert_eq!((told.number("cost"), told.flag("yes")), (Some(0.25), Some(true)));
    assert_eq!((told.text("list"), told.text("nothing")), (None, None));
}

#[test]
fn a_message_of_nothing_is_one() {
    assert_eq!(logs(Form::Protobuf, b"").unwrap().groups.len(), 0);
    assert_eq!(logs(Form::Json, b"{}").unwrap().groups.len(), 0);
    assert!(logs(Form::Json, br#"{"resourceLogs":null,"other":[1]}"#).is_ok());
}

#[test]
fn what_is_no_message_is_none() {
    for json in [
        "",
        "[1]",
        r#"{"resourceLogs": 1}"#,
        r#"{"resourceLogs": [{"scopeLogs": [{"logRecords": [7]}]}]}"#,
        r#"{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "x"}]}]}]}"#,
    ] {
        assert_eq!(logs(Form::Json, json.as_bytes()), Err(Unreadable), "{json}");
    }
    let endless = vec![0x80; 11];
    let too_long = [vec![0x0a], varint(u64::MAX), vec![0]].concat();
    for protobuf in [b"\x00".as_slice(), b"\x0b", b"\x0a\x05abc", &endless, &too_long] {
        assert_eq!(logs(Form::Protobuf, protobuf), Err(Unreadable), "{protobuf:?}");
    }
}

#[test]
fn json_that_is_nested_without_end_is_no_message() {
    let deep = [r#"{"resourceLogs":"#, &"[".repeat(1 << 20)].concat();

    assert_eq!(logs(Form::Json, deep.as_bytes()), Err(Unreadable));
}

#[test]
fn more_records_than_are_read_are_counted() {
    let message = Message { records: vec![(1, Vec::new()); RECORDS_MAX + 3], ..sample() };
    for form in [Form::Json, Form::Protobuf] {
        let written = message.written(form);
        let read = logs(form, &written).unwrap();
        assert_eq!((read.groups[0].records.len(), read.beyond), (RECORDS_MAX, 3), "{form:?}");
    }
}

/// How many attributes are kept.
fn kept(logs: &Logs<'_>) -> usize {
    let records = |group: &super::Group<'_>| -> usize {
        group.records.iter().map(|record| record.attributes.0.capacity()).sum()
    };
    logs.groups.iter().map(|group| group.resource.0.capacity() + records(group)).sum()
}

#[test]
fn attributes_that_cost_two_bytes_are_not_kept() {
    let empty: Vec<u8> = [6 << 3 | 2, 0].repeat(ATTRIBUTES_MAX);
    let record = field(2, &empty);
    let group = field(1, &field(2, &record.repeat(RECORDS_MAX)));
    let read = logs(Form::Protobuf, &group).unwrap();
    assert_eq!((read.groups[0].records.len(), kept(&read)), (RECORDS_MAX, 0));

    let pairs = ["{}"; ATTRIBUTES_MAX].join(",");
    let records = vec![format!(r#"{{"attributes":[{pairs}]}}"#); RECORDS_MAX].join(",");
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#);
    let read = logs(Form::Json, json.as_bytes()).unwrap();
    assert_eq!((read.groups[0].records.len(), kept(&read)), (RECORDS_MAX, 0));
}

#[test]
fn records_whose_attributes_are_too_many_are_not_read_by_halves() {
    const FIT: usize = MESSAGE_ATTRIBUTES_MAX / ATTRIBUTES_MAX;
    let record = (1, vec![("a", Value::Bool(true)); ATTRIBUTES_MAX + 1]);
    let records = vec![record; FIT + 7];
    let message = Message { records, ..Message::default() };
    for form in [Form::Json, Form::Protobuf] {
        let written = message.written(form);
        let read = logs(form, &written).unwrap();
        assert_eq!((read.groups[0].records.len(), read.beyond), (FIT, 7), "{form:?}");
        let whole = |record: &super::Record<'_>| record.attributes.0.len() == ATTRIBUTES_MAX;
        assert!(read.groups[0].records.iter().all(whole), "{form:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..512),
        cut in 0_usize..4096,
        flip in 0_usize..4096,
    ) {
        for form in [Form::Json, Form::Protobuf] {
            let _ = logs(form, &bytes);
            let mut message = sample().written(form);
            let length = message.len();
            message[flip % length] ^= 0x11;
            let _ = logs(form, &message);
            let _ = logs(form, &message[..cut % length]);
        }
    }
}
