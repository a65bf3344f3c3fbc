//! The shape of the client's records, as far as they are used. Every field may be absent: what
//! a version leaves out, or adds, must not lose the line.

use std::{cell::Cell, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess},
};
use serde_json::value::RawValue;
use vigil_proto::usage::AnthropicUsage;

use crate::source::{claude_code, transcript::text::Text};

/// The most blocks of content in one line, nested ones too: a block takes more memory than the
/// two bytes that an empty one takes in the line.
const BLOCKS: u32 = 8192;

thread_local! {
    /// Blocks that the line being read may still have.
    static BLOCKS_LEFT: Cell<u32> = const { Cell::new(0) };
}

/// Reads one line, or a part of it. What has too many blocks is an error of data.
pub(super) fn read<'a, T: Deserialize<'a>>(json: &'a str) -> serde_json::Result<T> {
    BLOCKS_LEFT.set(BLOCKS);
    serde_json::from_str(json)
}

/// One line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) subtype: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "id")]
    pub(super) uuid: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "id")]
    pub(super) session_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) cwd: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) git_branch: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) version: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) entrypoint: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "id")]
    pub(super) agent_id: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "id")]
    pub(super) request_id: Option<Text<'a>>,
    pub(super) api_block_index: Option<u32>,
    #[serde(default)]
    pub(super) is_sidechain: Option<bool>,
    #[serde(default)]
    pub(super) is_meta: Option<bool>,
    #[serde(default)]
    pub(super) is_compact_summary: Option<bool>,
    #[serde(default)]
    pub(super) is_api_error_message: Option<bool>,
    #[serde(borrow)]
    pub(super) message: Option<Message<'a>>,
    #[serde(borrow)]
    pub(super) tool_use_result: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) permission_decision: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) tool_denial_kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) attachment: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) compact_metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content: Option<Content<'a>>,
    #[serde(borrow)]
    pub(super) summary: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) custom_title: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) ai_title: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) forked_from: Option<ForkedFrom<'a>>,
}

/// Where a forked session comes from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ForkedFrom<'a> {
    #[serde(borrow, default, deserialize_with = "id")]
    pub(super) session_id: Option<Text<'a>>,
}

/// The API's message within a line.
#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default, deserialize_with = "id")]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) stop_reason: Option<Text<'a>>,
    pub(super) usage: Option<AnthropicUsage>,
    #[serde(borrow, default)]
    pub(super) content: Content<'a>,
}

/// A string, blocks, or something else.
#[derive(Debug, Default)]
pub(super) enum Content<'a> {
    /// Plain text.
    Text(Text<'a>),
    /// Blocks in order.
    Blocks(Vec<Block<'a>>),
    /// Nothing, or a shape that is not known.
    #[default]
    Other,
}

/// One block of content, whatever its type.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Block<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, default, deserialize_with = "id")]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) thinking: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) signature: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "id")]
    pub(super) tool_use_id: Option<Text<'a>>,
    #[serde(default)]
    pub(super) is_error: Option<bool>,
    #[serde(borrow, default)]
    pub(super) content: Content<'a>,
    #[serde(borrow)]
    pub(super) source: Option<Binary<'a>>,
    #[serde(borrow)]
    pub(super) title: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) url: Option<Text<'a>>,
    pub(super) citations: Option<IgnoredAny>,
}

/// An image's or a document's data.
#[derive(Debug, Deserialize)]
pub(super) struct Binary<'a> {
    #[serde(borrow)]
    pub(super) data: Option<Text<'a>>,
}

/// An id, in as much room as ids take.
fn id<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Text<'a>>, D::Error> {
    let text = Option::<Text<'a>>::deserialize(deserializer)?;
    Ok(text.map(|Text(id)| Text(claude_code::short_id(id))))
}

/// What the client decided about a tool call.
#[derive(Debug, Deserialize)]
pub(super) struct PermissionDecision<'a> {
    #[serde(borrow)]
    pub(super) decision: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) source: Option<Text<'a>>,
}

/// What the client's own result object says of a sub-agent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AgentResult<'a> {
    #[serde(borrow, default, deserialize_with = "id")]
    pub(super) agent_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) agent_type: Option<Text<'a>>,
}

/// The beginning of an attachment.
#[derive(Debug, Deserialize)]
pub(super) struct Attachment<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) prompt: Content<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Content<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or blocks")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Content::Text(Text(text.into())))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Content::Text(Text(text.to_owned().into())))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
                Ok(Content::Text(Text(text.into())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut blocks = Vec::new();
                while let Some(block) = seq.next_element::<Part<'de>>()? {
                    let left = BLOCKS_LEFT.get().checked_sub(1);
                    BLOCKS_LEFT.set(left.ok_or_else(|| de::Error::custom("too many blocks"))?);
                    blocks.push(block.0);
                }
                Ok(Content::Blocks(blocks))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Content::Other)
            }

            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(Content::Other)
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Content::Other)
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Content::Other)
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Content::Other)
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Content::Other)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// An element of a list of blocks: an object, or (seen in older versions) a bare string.
struct Part<'a>(Block<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Part<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a block")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(plain(Text(text.into())))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(plain(Text(text.to_owned().into())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Block::deserialize(de::value::MapAccessDeserializer::new(map)).map(Part)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

fn plain(text: Text<'_>) -> Part<'_> {
    Part(Block { kind: Some(Text("text".into())), text: Some(text), ..Block::default() })
}
