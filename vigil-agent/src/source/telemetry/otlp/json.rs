//! The JSON form. 64-bit numbers may be text there.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    Attributes, GROUPS_MAX, Group, Logs, RECORDS_MAX, Record, Room, SCOPES_MAX, Unreadable, Value,
};

/// A list of which so many are read; null is an empty one.
struct Few<T, const N: usize> {
    kept: Vec<T>,
    beyond: u64,
}

impl<T, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Self { kept: Vec::new(), beyond: 0 }
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Few<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T, const N: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for List<T, N> {
            type Value = Few<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Few<T, N>, E> {
                Ok(Few::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Few<T, N>, A::Error> {
                let mut list = Few::default();
                while list.kept.len() < N {
                    let Some(item) = seq.next_element()? else { return Ok(list) };
                    list.kept.push(item);
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    list.beyond += 1;
                }
                Ok(list)
            }
        }

        deserializer.deserialize_any(List(PhantomData))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow, default)]
    resource_logs: Few<ResourceLogs<'a>, GROUPS_MAX>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs<'a> {
    #[serde(borrow, default)]
    resource: Option<Resource<'a>>,
    #[serde(borrow, default)]
    scope_logs: Few<ScopeLogs<'a>, SCOPES_MAX>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs<'a> {
    #[serde(borrow, default)]
    log_records: Few<LogRecord<'a>, RECORDS_MAX>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogRecord<'a> {
    #[serde(default)]
    time_unix_nano: Number,
    #[serde(default)]
    observed_time_unix_nano: Number,
    #[serde(borrow, default)]
    attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow, default)]
    key: Cow<'a, str>,
    #[serde(borrow, default)]
    value: Option<AnyValue<'a>>,
}

/// A whole number, or the text of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Number(i64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;

        impl Visitor<'_> for Digits {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E>(self, n: i64) -> Result<Number, E> {
                Ok(Number(n))
            }

            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Number, E> {
                i64::try_from(n).map(Number).map_err(de::Error::custom)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                text.parse().map(Number).map_err(de::Error::custom)
            }

            fn visit_unit<E>(self) -> Result<Number, E> {
                Ok(Number(0))
            }
        }

        deserializer.deserialize_any(Digits)
    }
}

/// A value in its wrapping.
struct AnyValue<'a>(Value<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for AnyValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Wrapped;

        impl<'de> Visitor<'de> for Wrapped {
            type Value = AnyValue<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its type")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AnyValue<'de>, A::Error> {
                #[derive(Deserialize)]
                struct Words<'a>(#[serde(borrow)] Cow<'a, str>);

                let mut value = Value::Other;
                while let Some(Words(kind)) = map.next_key()? {
                    value = match &*kind {
                        "stringValue" => Value::Text(map.next_value::<Words<'de>>()?.0),
                        "intValue" => Value::Int(map.next_value::<Number>()?.0),
                        "doubleValue" => Value::Float(map.next_value()?),
                        "boolValue" => Value::Bool(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            Value::Other
                        }
                    };
                }
                Ok(AnyValue(value))
            }
        }

        deserializer.deserialize_map(Wrapped)
    }
}

/// A list of pairs, of which those are kept for which there is room.
struct Pairs<'x, 'a> {
    all: &'x mut Attributes<'a>,
    room: &'x mut Room,
}

impl<'a> DeserializeSeed<'a> for Pairs<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Pairs<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names and values")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(Pair { key, value }) = seq.next_element()? {
            self.all.push(key, value.map_or(Value::Other, |value| value.0), self.room);
        }
        Ok(())
    }
}

pub(super) fn logs(bytes: &[u8]) -> Result<Logs<'_>, Unreadable> {
    let request: Request<'_> = serde_json::from_slice(bytes).map_err(|_| Unreadable)?;
    let mut logs = Logs { groups: Vec::new(), beyond: request.resource_logs.beyond };
    let mut room = Room::of_a_message();
    for resource_logs in request.resource_logs.kept {
        let resource = resource_logs.resource.and_then(|resource| resource.attributes);
        let mut group = Group { resource: attributes(resource, &mut room)?, records: Vec::new() };
        logs.beyond = logs.beyond.saturating_add(resource_logs.scope_logs.beyond);
        for scope in resource_logs.scope_logs.kept {
            logs.beyond = logs.beyond.saturating_add(scope.log_records.beyond);
            for told in scope.log_records.kept {
                let record = record(&told, &mut room)?;
                if room.is_short {
                    logs.beyond = logs.beyond.saturating_add(1);
                } else {
                    group.records.push(record);
                }
            }
        }
        logs.groups.push(group);
    }
    Ok(logs)
}

fn record<'a>(told: &LogRecord<'a>, room: &mut Room) -> Result<Record<'a>, Unreadable> {
    Ok(Record {
        at: u64::try_from(told.time_unix_nano.0).unwrap_or(0),
        observed: u64::try_from(told.observed_time_unix_nano.0).unwrap_or(0),
        attributes: attributes(told.attributes, room)?,
    })
}

fn attributes<'a>(
    list: Option<&'a RawValue>,
    room: &mut Room,
) -> Result<Attributes<'a>, Unreadable> {
    let mut all = Attributes::default();
    if let Some(list) = list {
        let pairs = Pairs { all: &mut all, room };
        let mut text = serde_json::Deserializer::from_str(list.get());
        pairs.deserialize(&mut text).map_err(|_| Unreadable)?;
    }
    Ok(all)
}
