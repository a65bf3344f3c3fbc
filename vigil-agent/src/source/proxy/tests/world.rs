//! A proxy, an upstream with a certificate authority of its own, and what the proxy reports.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, mpsc::Receiver},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, pem::PemObject as _,
    },
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream, server};
use vigil_proto::{
    Batch, ContentHasher, Event, Kind, Sensitive, Source, SourceId, Witness, event::Way,
};

use crate::{
    pipeline::{Exclusions, Inlet, Message, Pause, Shared},
    shutdown::Shutdown,
    source::proxy::{Chain, Config, Counters, OwnerCheck, Rooms, TestUpstreams, bind},
};

pub(super) const LISTED: &str = "api.anthropic.com";
pub(super) const UNLISTED: &str = "unlisted.example";

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is to stand.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) pins: BTreeMap<String, SocketAddr>,
    pub(super) owner: Option<OwnerCheck>,
    /// It takes what the kernel leads to it.
    pub(super) redirected: bool,
    /// The proxy behind it.
    pub(super) chain: Option<Chain>,
    /// The most clients at a time.
    pub(super) clients_max: Option<usize>,
    /// What it shares with others.
    pub(super) rooms: Rooms,
    /// The proxy does not trust the upstream's CA.
    pub(super) distrust: bool,
    /// Nobody takes batches until the end.
    pub(super) stalled: bool,
}

/// The upstream's CA and a leaf for both names.
pub(super) struct Origin {
    pub(super) folder: TempDir,
    pub(super) tls: Arc<ServerConfig>,
}

impl Origin {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "origin CA");
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.path().join("origin.pem"), ca.pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = vec![LISTED.to_owned(), UNLISTED.to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&key, &ca).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        Self { folder, tls: Arc::new(tls) }
    }

    pub(super) fn ca(&self) -> PathBuf {
        self.folder.path().join("origin.pem")
    }

    /// An upstream that does `work` on every TLS connection.
    pub(super) async fn serve_tls<F, W>(&self, work: W) -> SocketAddr
    where
        W: Fn(server::TlsStream<TcpStream>) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.tls));
        let work = Arc::new(work);
        serve(move |stream| {
            let (acceptor, work) = (acceptor.clone(), Arc::clone(&work));
            Box::pin(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    work(stream).await;
                }
            })
        })
        .await
    }
}

/// An upstream that does `work` on every connection.
pub(super) async fn serve(work: impl Fn(TcpStream) -> Work + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(work(stream));
        }
    });
    addr
}

/// A running proxy.
pub(super) struct World {
    pub(super) proxy: SocketAddr,
    pub(super) ca: PathBuf,
    pub(super) counters: Counters,
    pub(super) origin: Origin,
    shutdown: Shutdown,
    running: JoinHandle<()>,
    messages: Option<Receiver<Message>>,
    collecting: Option<std::thread::JoinHandle<Vec<Batch<Sensitive>>>>,
}

impl World {
    pub(super) async fn start(origin: Origin, plan: Plan) -> Self {
        let shared = Shared {
            hasher: ContentHasher::new([1; 32]),
            checkpoints: Box::new(|_| None),
            exclusions: Exclusions::default(),
            pause: Pause::default(),
        };
        let (inlet, messages) = Inlet::new(Arc::new(shared));
        let roots = if plan.distrust { Vec::new() } else { vec![origin.ca()] };
        let config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            hosts: vec![LISTED.to_owned()],
            ca_dir: origin.folder.path().join("ca"),
            upstreams: TestUpstreams { pins: plan.pins, roots },
            redirected: plan.redirected,
            chain: plan.chain,
            clients_max: plan.clients_max.unwrap_or(64),
            rooms: plan.rooms,
            owner: plan.owner,
        };
        let bound = bind(config, None).await.unwrap();
        let filling = inlet.clone();
        let shutdown = Shutdown::default();
        let mut world = Self {
            proxy: bound.addr(),
            ca: bound.ca_path().to_owned(),
            counters: bound.counters(),
            running: tokio::spawn(bound.run(inlet, shutdown.clone())),
            origin,
            shutdown,
            messages: Some(messages),
            collecting: None,
        };
        if plan.stalled {
            // Somebody else's batches keep the pipeline full, so the inspector has to wait.
            let filler = Source {
                id: SourceId::of(b"filler"),
                witness: Witness::Vigil,
                place: Sensitive::from("filler"),
            };
            std::thread::spawn(move || {
                for _ in 0..100 {
                    let _ = filling.send(Batch::new(filler.clone()));
                }
            });
        } else {
            world.collect();
        }
        world
    }

    fn collect(&mut self) {
        if let Some(messages) = self.messages.take() {
            self.collecting = Some(std::thread::spawn(move || {
                messages
                    .iter()
                    .filter_map(|message| match message {
                        Message::Batch(batch) => Some(*batch),
                        Message::Flush(_) => None,
                    })
                    .collect()
            }));
        }
    }

    /// Ends the proxy and gives what it reported.
    pub(super) async fn end(mut self) -> Report {
        self.collect();
        self.shutdown.request();
        self.running.await.unwrap();
        let batches = self.collecting.take().unwrap().join().unwrap();
        Report { batches }
    }

    /// A connection on which the proxy was asked for `target`, and its answer's head.
    pub(super) async fn connect(&self, target: &str) -> (TcpStream, String) {
        let mut stream = TcpStream::connect(self.proxy).await.unwrap();
        let ask = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.unwrap();
        let head = read_head(&mut stream).await;
        (stream, head)
    }

    /// A TLS connection to `name` through a CONNECT to `target`, trusting the CA in `roots`.
    pub(super) async fn tls(
        &self,
        target: &str,
        name: &'static str,
        roots: PathBuf,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let (stream, head) = self.connect(target).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        connector(roots).connect(ServerName::try_from(name).unwrap(), stream).await
    }

    /// A decrypted connection to the listed host.
    pub(super) async fn listed(&self) -> TlsStream<TcpStream> {
        self.tls(&format!("{LISTED}:443"), LISTED, self.ca.clone()).await.unwrap()
    }
}

/// A client's TLS that trusts the CA in `roots`.
pub(super) fn connector(roots: PathBuf) -> TlsConnector {
    let mut store = RootCertStore::empty();
    store.add(CertificateDer::from_pem_file(roots).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(store)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// Reads up to and including an empty line.
pub(super) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// Reads until the end, however it comes.
pub(super) async fn read_rest(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    rest
}

/// Writes and flushes.
pub(super) async fn say(stream: &mut (impl AsyncWrite + Unpin), bytes: impl AsRef<[u8]>) {
    stream.write_all(bytes.as_ref()).await.unwrap();
    stream.flush().await.unwrap();
}

/// What a proxy reported.
pub(super) struct Report {
    batches: Vec<Batch<Sensitive>>,
}

impl Report {
    /// All events but those that only tell that a connection is open: whether there is one depends
    /// on how long it was.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event<Sensitive>> {
        let is_open =
            |event: &&Event<Sensitive>| matches!(&event.kind, Kind::Connection(flow) if flow.open);
        self.batches.iter().flat_map(|batch| &batch.events).filter(move |event| !is_open(event))
    }

    /// The names of all events' kinds.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.events().map(|event| event.kind.name().as_str()).collect()
    }

    /// Every flow's envelope: decrypted, and why not or how it ended.
    pub(super) fn envelopes(&self) -> Vec<(bool, String)> {
        self.events()
            .filter_map(|event| match &event.kind {
                Kind::Connection(flow) => {
                    let detail = flow.detail.as_ref().map_or("", Sensitive::expose);
                    Some((flow.way == Way::Decrypted, detail.to_owned()))
                }
                _ => None,
            })
            .collect()
    }

    /// The reasons of all gaps.
    pub(super) fn gaps(&self) -> Vec<&'static str> {
        self.events()
            .filter_map(|event| match &event.kind {
                Kind::Gap(gap) => Some(gap.reason),
                _ => None,
            })
            .collect()
    }
}
