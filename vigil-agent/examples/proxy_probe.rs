//! Runs the proxy alone and prints what it sees, by id, kind and length: never any text.
//! `proxy_probe PORT CA_DIR HOST=127.0.0.1:PORT ROOTS.pem [HOME]`
//! With HOME, at the end also what the transcripts below it say, for comparison.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::{collections::BTreeMap, env, sync::Arc};

use vigil_agent::{
    pipeline::{Inlet, Message, Pause, Shared},
    shutdown::Shutdown,
    source::{
        proxy::{self, Config, TestUpstreams},
        transcript,
    },
};
use vigil_proto::{ContentHasher, Event, Kind, Sensitive};

fn describe(event: &Event<Sensitive>) -> String {
    let id = event.id;
    let name = event.kind.name().as_str();
    let rest = match &event.kind {
        Kind::ModelCall(call) => format!(
            "{:?} {:?} status={:?} latency={:?} first={:?}",
            call.usage, call.rank, call.status, call.latency_us, call.first_byte_us
        ),
        Kind::Connection(flow) => {
            let detail = flow.detail.as_ref().map(Sensitive::expose);
            let way = flow.way.as_str();
            format!("{way} sent={} received={} {detail:?}", flow.sent, flow.received)
        }
        Kind::System(system) => format!("{} {:?}", system.name.expose(), system.text),
        Kind::Gap(gap) => format!("{} {}", gap.reason, gap.detail.expose()),
        other => format!("{other:?}"),
    };
    let incomplete = if event.incomplete_key { " INCOMPLETE" } else { "" };
    let by = event.witness.as_str();
    format!(
        "{by} {id} {name} turn={:?} content={:x}{incomplete} {rest}",
        event.turn, event.content.0
    )
}

fn main() -> anyhow::Result<()> {
    let args: Vec<_> = env::args().skip(1).collect();
    let [port, ca_dir, pin, roots, home @ ..] = args.as_slice() else {
        anyhow::bail!("four arguments")
    };
    let (host, to) = pin.split_once('=').ok_or_else(|| anyhow::anyhow!("HOST=ADDR"))?;
    let shared = Shared {
        hasher: ContentHasher::new([7; 32]),
        checkpoints: Box::new(|_| None),
        exclusions: vigil_agent::pipeline::Exclusions::default(),
        pause: Pause::default(),
    };
    let (inlet, messages) = Inlet::new(Arc::new(shared));
    let printer = std::thread::spawn(move || {
        for message in messages {
            if let Message::Batch(batch) = message {
                for facts in &batch.sessions {
                    let cwd = facts.cwd.as_ref().map(Sensitive::expose);
                    println!("session {} {} {cwd:?}", facts.id, facts.client);
                }
                batch.events.iter().for_each(|event| println!("{}", describe(event)));
                if !batch.counts.is_empty() {
                    println!("counts {:?}", batch.counts);
                }
            }
        }
    });
    let config = Config {
        listen: ([127, 0, 0, 1], port.parse()?).into(),
        hosts: vec![host.to_owned()],
        ca_dir: ca_dir.into(),
        redirected: false,
        chain: None,
        upstreams: TestUpstreams {
            pins: BTreeMap::from([(format!("{host}:443"), to.parse()?)]),
            roots: vec![roots.into()],
        },
        clients_max: 64,
        rooms: proxy::Rooms::default(),
        owner: None,
    };
    let shutdown = Shutdown::default();
    let own = inlet.clone();
    tokio::runtime::Runtime::new()?.block_on(async {
        let bound = proxy::bind(config, None).await?;
        println!("ready {} {}", bound.addr(), bound.ca_path().display());
        let end = shutdown.clone();
        tokio::spawn(async move {
            let _ = tokio::signal::ctrl_c().await;
            end.request();
        });
        bound.run(inlet, shutdown).await;
        anyhow::Ok(())
    })?;
    if let Some(home) = home.first() {
        let options = transcript::Options { home: home.into(), ..transcript::Options::default() };
        transcript::ingest_once(&options, &own, &())?;
    }
    drop(own);
    let _ = printer.join();
    Ok(())
}
