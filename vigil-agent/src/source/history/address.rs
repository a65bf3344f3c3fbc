//! Which conversation an address is of. Pure. Of an address nothing is taken but the host, which must be
//! a listed one letter by letter, and the conversation's id; never a query or what else a path says.

use std::borrow::Cow;

use vigil_proto::{ContentHasher, browser};

/// Longest id of a conversation that an address may have, in bytes.
const LONGEST: usize = 64;

/// An address of a listed site.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address<'a> {
    /// A conversation's.
    Conversation {
        /// The site's word.
        client: &'static str,
        /// The site's host.
        host: &'static str,
        /// The conversation's id.
        native: Cow<'a, str>,
    },
    /// A conversation's that the site does not keep.
    Temporary,
    /// None of a conversation.
    Elsewhere,
}

/// The hosts, as they stand in addresses, of a site's pages.
pub(super) fn hosts(site: &'static str) -> &'static [&'static str] {
    match site {
        "perplexity.ai" => &["perplexity.ai", "www.perplexity.ai"],
        "claude.ai" => &["claude.ai"],
        "chatgpt.com" => &["chatgpt.com"],
        "gemini.google.com" => &["gemini.google.com"],
        "copilot.microsoft.com" => &["copilot.microsoft.com"],
        "chat.deepseek.com" => &["chat.deepseek.com"],
        _ => &[],
    }
}

/// What `url` is an address of; none when it is of no listed site.
pub(super) fn of<'a>(url: &'a str, hasher: &ContentHasher) -> Option<Address<'a>> {
    let rest = url.strip_prefix("https://")?;
    // What stands before the first of these is the host and nothing else: a name before an `@`, a port or
    // a backslash make it one that is not listed.
    let end = rest.find(['/', '?', '#'])?;
    let (named, rest) = rest.split_at(end);
    let (client, host) =
        browser::SITES.iter().copied().find(|(_, site)| hosts(site).contains(&named))?;
    let (path, query) = match rest.find(['?', '#']) {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    if query.contains("temporary-chat=true") || query.contains("incognito") {
        return Some(Address::Temporary);
    }
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let first = parts.clone().next();
    let after = |word: &str| {
        let mut parts = parts.clone().skip_while(|part| *part != word);
        parts.nth(1)
    };
    let native = match client {
        "claude-web" => parts.nth(1).filter(|id| first == Some("chat") && is_uuid(id)),
        "chatgpt-web" => after("c").filter(|id| is_uuid(id)),
        "gemini-web" => after("app").filter(|id| is_id(id) && id.bytes().all(is_hex)),
        "copilot-web" => parts.nth(1).filter(|id| first == Some("chats") && is_id(id)),
        "deepseek-web" => after("s").filter(|id| path.contains("/a/chat/s/") && is_uuid(id)),
        "perplexity-web" if first == Some("search") => {
            let Some(slug) = parts.nth(1) else { return Some(Address::Elsewhere) };
            // Else it is made of what was asked, which is not to be known.
            let native = if is_uuid(slug) {
                Cow::Borrowed(slug)
            } else {
                Cow::Owned(format!("address-{:016x}", hasher.hash(slug.as_bytes()).0))
            };
            return Some(Address::Conversation { client, host, native });
        }
        _ => None,
    };
    Some(native.map_or(Address::Elsewhere, |native| Address::Conversation {
        client,
        host,
        native: native.into(),
    }))
}

const fn is_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => is_hex(byte),
        })
}

fn is_id(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests;
