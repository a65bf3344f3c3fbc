//! Every client that can be led through the proxy, as its makers publish it: it holds a whole
//! scripted conversation with nothing set but what `vigil route` sets, and what Vigil has of it from
//! the proxy alone is what the model served.
//!
//! Vigil looks for transcripts in a home of its own, in which no client ever writes one.
//! `cargo xtask test "agent clients"` installs the clients; one that is not there is a failure.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "real_clients/both.rs"]
mod both;
#[path = "real_clients/guard.rs"]
mod guard;
#[path = "real_clients/odd.rs"]
mod odd;
#[path = "real_clients/table.rs"]
mod table;
#[path = "real_clients/transcripts.rs"]
mod transcripts;
#[path = "real_clients/world.rs"]
mod world;

use vigil_tests::model::Served;

use self::{
    table::{Client, Route},
    world::World,
};

/// Runs `client` through one conversation and holds what was recorded against what was served.
fn records(client: &Client) {
    if let Some(why) = table::why_missing(client) {
        return eprintln!("SKIPPED: {}, which could not be installed here: {why}", client.title);
    }
    // Nothing is configured but what leads it through the proxy.
    let world = World::start(&Client { asks_elsewhere: false, ..client.clone() });
    if client.route == Route::Settings {
        world.route_on(client);
    }
    world.converse(client);
    let (served, told) = world.settled();
    let tools: usize = served.iter().map(|call| call.tools.len()).sum();
    eprintln!(
        "{}: {} calls, {} tool calls, tokens {:?}",
        client.title,
        served.len(),
        tools,
        served.iter().fold([0; 5], |sum, Served { tokens, .. }| {
            let these = [
                tokens.input,
                tokens.cache_read,
                tokens.cache_write,
                tokens.output,
                tokens.reasoning,
            ];
            std::array::from_fn(|at| sum[at] + these[at])
        })
    );
    assert_eq!(
        served.len() - client.asides,
        client.calls,
        "calls of the conversation: {served:#?}"
    );
    assert_eq!(tools, client.tool_calls, "{served:#?}");
    told.is_from_the_proxy_alone();
    told.is_of(client);
    world.totals_are(&served);
    world.ends();
}

/// Runs `client` through one conversation, and has it go on with that: both its transcript and the
/// proxy tell of it. It is one session, in which everything that was said and done stands once, told
/// by both.
fn records_once(client: &Client) {
    let world = World::start_with_transcripts(client);
    if client.route == Route::Settings {
        world.route_on(client);
    }
    world.converse(client);
    world.ask(&transcripts::going_on(client), "second");
    let (served, told) = world.settled_by_both(client);
    assert_eq!(served.len() - client.asides, client.calls + SECOND.calls, "{served:#?}");
    told.is_of(client);
    world.is_one_session(client);
    world.totals_are(&served);
    world.ends();
}

/// What the second prompt's conversation consists of.
const SECOND: Second = Second { calls: 2, tool_calls: 1 };

struct Second {
    calls: usize,
    tool_calls: usize,
}

macro_rules! both {
    ($($name:ident),* $(,)?) => {
        mod told_by_both {
            use super::{records_once, table};

            $(
                #[test]
                fn $name() {
                    records_once(&table::$name());
                }
            )*
        }
    };
}

both! {
    claude_code,
    codex_over_a_websocket,
    codex_without_websockets,
    gemini_cli,
    copilot_cli_with_openai,
    copilot_cli_with_anthropic,
    opencode,
    qwen_code,
    pi,
}

macro_rules! clients {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                records(&table::$name());
            }
        )*
    };
}

clients! {
    claude_code,
    codex_over_a_websocket,
    codex_without_websockets,
    gemini_cli,
    copilot_cli_with_openai,
    copilot_cli_with_anthropic,
    opencode,
    qwen_code,
    pi,
    anthropics_sdk,
    openais_sdk_with_responses,
    openais_sdk_with_chat_completions,
}

#[test]
fn aider() {
    if std::env::var_os("VIGIL_TEST_AIDER").is_none() {
        return eprintln!(
            "SKIPPED: aider, whose libraries are hundreds of megabytes; set VIGIL_TEST_AIDER for \
             `cargo xtask test`"
        );
    }
    records(&table::aider());
}
