//! Where an agent's connections go, whose they are, and past what: the real client, once by the
//! proxy and once past it, in a network of its own in which the model has addresses that are not
//! loopback. The machine that this runs on is never touched.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

#[path = "connections/network.rs"]
mod network;

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use vigil_tests::{
    claude,
    model::Model,
    network::enter,
    vigil::{Home, Running, eventually},
};

use self::network::{HOST, Network, V4, V6};

struct World {
    network: Network,
    home: Home,
    vigil: Running,
    model: Model,
}

impl World {
    fn start(network: Network) -> Self {
        let home = Home::default();
        let model = Model::start_at(HOST, home.root(), "[::]:443".parse().unwrap());
        let upstreams = home.root().join("upstreams.toml");
        fs::write(&upstreams, format!("roots = [\"{}\"]\npins = {{}}\n", model.ca().display()))
            .unwrap();
        let vigil = Running::start(&home, &["--test-upstreams", upstreams.to_str().unwrap()]);
        Self { network, home, vigil, model }
    }

    /// Lets a command reach the model by the proxy, or past it.
    fn lead(&self, command: &mut Command, by_proxy: bool) {
        if by_proxy {
            command.env("HTTPS_PROXY", self.vigil.field("proxy"));
            command.env("NODE_EXTRA_CA_CERTS", self.vigil.field("ca"));
        } else {
            command.env("NODE_EXTRA_CA_CERTS", self.model.ca());
        }
    }

    /// One whole conversation of the real client, which was this process.
    fn converse(&self, claude: &Path, by_proxy: bool) -> u32 {
        let work = claude::work(&self.home, "PLAIN=1\n");
        let mut client = claude::asking(&self.home, claude.to_owned(), &work, "slow");
        self.lead(&mut client, by_proxy);
        claude::finish(client)
    }

    /// Connections of this process on record, once `have` says that they are all there.
    fn connections(&self, pid: u32, have: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        eventually("the connections are on record", || {
            let mut rows =
                self.home.jsonl(&["events", "--jsonl", "--text", "--kind", "connection"]);
            rows.retain(|row| row["process"]["pid"] == pid);
            (!rows.is_empty() && have(&rows)).then_some(rows)
        })
    }
}

fn is_open(row: &Value) -> bool {
    row["detail"]["open"] == true
}

fn figure(row: &Value, name: &str) -> u64 {
    row["detail"][name].as_u64().unwrap_or_else(|| panic!("no {name}: {row}"))
}

#[test]
fn the_real_clients_connections_are_on_record_with_owner_and_way() {
    let Some(network) = Network::inside() else {
        return enter("the_real_clients_connections_are_on_record_with_owner_and_way");
    };
    let Some(claude) = claude::installed() else { return network.done() };
    let world = World::start(network);

    for address in [V4, V6] {
        world.network.name(address);
        // The proxy learns the address's name on its way.
        for (by_proxy, way) in [(true, "decrypted"), (false, "past")] {
            let calls = world.model.calls();
            let pid = world.converse(&claude, by_proxy);
            assert!(world.model.calls() > calls);

            // A conversation sends the whole of it with every call.
            let most = |rows: &[Value], name| rows.iter().map(|row| figure(row, name)).max();
            let rows = world.connections(pid, |rows| {
                let is_carried =
                    most(rows, "sent") > Some(10_000) && most(rows, "received") > Some(1000);
                // Whose a process is may be found only after its first connection has ended.
                let is_owned = rows.iter().all(|row| !row["client"].is_null());
                is_carried && is_owned && !rows.iter().any(is_open)
            });

            for row in &rows {
                let seen = (&row["name"], &row["detail"]["way"], &row["client"]);
                assert_eq!(seen, (&json!(HOST), &json!(way), &json!("claude-code")), "{row}");
                assert_eq!(row["detail"]["port"], 443);
            }
        }
    }
    assert!(world.vigil.end().success());
    world.network.done();
}

/// A shell by the name of an agent, which does what it is told.
struct Shell(Child);

impl Shell {
    fn start(world: &World) -> Self {
        let program = world.home.root().join("claude");
        fs::copy("/bin/bash", &program).unwrap();
        let mut agent = world.home.clean(program, &[]);
        world.lead(&mut agent, true);
        let child = agent.stdin(Stdio::piped()).spawn().unwrap();
        Self(child)
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.0.stdin.as_mut().unwrap(), "{line}").unwrap();
    }
}

#[test]
fn an_agent_that_goes_past_the_proxy_it_uses_stands_out() {
    let Some(network) = Network::inside() else {
        return enter("an_agent_that_goes_past_the_proxy_it_uses_stands_out");
    };
    let world = World::start(network);
    world.network.name(V4);
    let mut shell = Shell::start(&world);
    let pid = shell.0.id();
    let of_port = |port: &Value, rows: &[Value]| -> Value {
        rows.iter().find(|row| row["detail"]["client_port"] == *port).unwrap().clone()
    };

    shell.tell(&format!("exec 3<>/dev/tcp/{V6}/443"));
    let first = world.connections(pid, |rows| rows.iter().any(is_open)).remove(0);

    assert_eq!((&first["name"], &first["text"]), (&json!(V6), &Value::Null), "{first}");
    assert_eq!(
        (&first["detail"]["way"], &first["client"]),
        (&json!("past"), &json!("claude-code"))
    );

    let proxy = world.vigil.field("proxy").trim_start_matches("http://").replace(':', "/");
    shell.tell(&format!("exec 4<>/dev/tcp/{proxy}"));
    shell.tell(&format!("printf 'CONNECT {HOST}:443 HTTP/1.1\\r\\n\\r\\n' >&4"));
    // It stays for long enough that whose it is can be found.
    shell.tell("read -r answer <&4; sleep 1; exec 4>&-");
    // It is on record while it is open; whose it is may be found a little later.
    let rows = world.connections(pid, |rows| {
        rows.len() == 2 && rows.iter().all(|row| !row["client"].is_null())
    });
    let by_proxy = rows.iter().find(|row| row["detail"]["way"] == "tunnelled").unwrap();
    assert_eq!((&by_proxy["name"], &by_proxy["client"]), (&json!(HOST), &json!("claude-code")));

    shell.tell(&format!("exec 5<>/dev/tcp/{V4}/443"));
    let rows = world.connections(pid, |rows| rows.len() == 3);

    let beside = rows.iter().find(|row| row["name"] == HOST && is_open(row)).unwrap();
    assert_eq!(beside["text"], "bypasses-proxy", "{beside}");
    assert_eq!(beside["detail"]["way"], "past");

    // What nobody saw open has no owner, and is counted.
    shell.tell(&format!("for i in {{1..200}}; do exec 6<>/dev/tcp/{V4}/443; exec 6>&-; done"));
    eventually("connections between two looks are counted", || {
        let drops = world.home.json(&["status", "--json"])["drops"].clone();
        drops["drop.network.short"].as_u64().filter(|short| (1..=200).contains(short))
    });
    shell.tell("exit");
    shell.0.wait().unwrap();
    let rows = world.connections(pid, |rows| !rows.iter().any(is_open));
    let ended = of_port(&first["detail"]["client_port"], &rows);
    assert_eq!(ended["id"], first["id"], "it is the same one");
    assert!(world.vigil.end().success());
    world.network.done();
}
