//! The Protobuf form. A reader of the few fields that are needed: it makes nothing of the rest, so
//! that a message cannot make it keep more than the bounds say, and it knows no recursion.

use std::borrow::Cow;

use super::{
    Attributes, GROUPS_MAX, Group, Logs, RECORDS_MAX, Record, Room, SCOPES_MAX, Unreadable, Value,
};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32,
}

/// The fields of a message, in their order; ends after the first that is broken.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Wire<'a>), Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field().ok_or(Unreadable);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let tag = self.varint()?;
        let number = tag >> 3;
        if number == 0 || number > 0x1fff_ffff {
            return None;
        }
        let wire = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(*self.0.split_off(..8)?.first_chunk()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.0.split_off(..length)?)
            }
            5 => {
                self.0.split_off(..4)?;
                Wire::Fixed32
            }
            // Groups went out of use before there was OTLP.
            _ => return None,
        };
        Some((number, wire))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.0.split_off_first()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

pub(super) fn logs(bytes: &[u8]) -> Result<Logs<'_>, Unreadable> {
    let (mut logs, mut room) = (Logs::default(), Room::of_a_message());
    for field in Fields(bytes) {
        if let (1, Wire::Bytes(resource_logs)) = field? {
            let (group, beyond) = group(resource_logs, &mut room)?;
            logs.beyond = logs.beyond.saturating_add(beyond);
            if logs.groups.len() < GROUPS_MAX {
                logs.groups.push(group);
            } else {
                logs.beyond = logs.beyond.saturating_add(group.records.len() as u64);
            }
        }
    }
    Ok(logs)
}

/// What is in a resource's records, and how many more there were.
fn group<'a>(bytes: &'a [u8], room: &mut Room) -> Result<(Group<'a>, u64), Unreadable> {
    let (mut group, mut beyond) = (Group::default(), 0_u64);
    let mut scopes = 0;
    for field in Fields(bytes) {
        match field? {
            (1, Wire::Bytes(resource)) => {
                for field in Fields(resource) {
                    if let (1, Wire::Bytes(pair)) = field? {
                        attribute(pair, &mut group.resource, room)?;
                    }
                }
            }
            (2, Wire::Bytes(scope)) => {
                scopes += 1;
                let mut places = if scopes > SCOPES_MAX { 0 } else { RECORDS_MAX };
                for field in Fields(scope) {
                    let (2, Wire::Bytes(bytes)) = field? else { continue };
                    if places == 0 || room.is_short {
                        beyond = beyond.saturating_add(1);
                        continue;
                    }
                    places -= 1;
                    let record = record(bytes, room)?;
                    if room.is_short {
                        beyond = beyond.saturating_add(1);
                    } else {
                        group.records.push(record);
                    }
                }
            }
            _ => {}
        }
    }
    Ok((group, beyond))
}

fn record<'a>(bytes: &'a [u8], room: &mut Room) -> Result<Record<'a>, Unreadable> {
    let mut record = Record::default();
    for field in Fields(bytes) {
        match field? {
            (1, Wire::Fixed64(at)) => record.at = at,
            (11, Wire::Fixed64(at)) => record.observed = at,
            (6, Wire::Bytes(pair)) => attribute(pair, &mut record.attributes, room)?,
            _ => {}
        }
    }
    Ok(record)
}

fn attribute<'a>(
    bytes: &'a [u8],
    all: &mut Attributes<'a>,
    room: &mut Room,
) -> Result<(), Unreadable> {
    let (mut name, mut value) = (Cow::default(), Value::Other);
    for field in Fields(bytes) {
        match field? {
            (1, Wire::Bytes(text)) => name = String::from_utf8_lossy(text),
            (2, Wire::Bytes(any)) => {
                for field in Fields(any) {
                    value = match field? {
                        (1, Wire::Bytes(text)) => Value::Text(String::from_utf8_lossy(text)),
                        (2, Wire::Varint(flag)) => Value::Bool(flag != 0),
                        (3, Wire::Varint(n)) => Value::Int(n.cast_signed()),
                        (4, Wire::Fixed64(bits)) => Value::Float(f64::from_bits(bits)),
                        _ => Value::Other,
                    };
                }
            }
            _ => {}
        }
    }
    all.push(name, value, room);
    Ok(())
}
