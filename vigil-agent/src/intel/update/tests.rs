use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use vigil_proto::intel::IntelUpdate;

use super::{
    super::{archive::tests::Zip, load},
    Outcome, Progress, update,
};
use crate::source::proxy::{Outward, TestUpstreams};

const HOST: &str = "lists.example";

/// Answers of a server by path, and what it was asked.
type Answers = Arc<Mutex<BTreeMap<&'static str, Vec<u8>>>>;
type Asked = Arc<Mutex<Vec<String>>>;

/// A server of lists, and the one who fetches them.
struct Desk {
    dir: TempDir,
    at: SocketAddr,
    answers: Answers,
    asked: Asked,
}

impl Desk {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "lists CA");
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(dir.path().join("ca.pem"), ca.pem()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&key, &ca).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (answers, asked) = (Answers::default(), Asked::default());
        let (theirs, told) = (Arc::clone(&answers), Arc::clone(&asked));
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, answers, asked) =
                    (acceptor.clone(), Arc::clone(&theirs), Arc::clone(&told));
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        if stream.read_exact(&mut byte).await.is_err() {
                            return;
                        }
                        head.push(byte[0]);
                    }
                    let head = String::from_utf8(head).unwrap();
                    let path = head.split(' ').nth(1).unwrap().to_owned();
                    asked.lock().unwrap().push(head);
                    let answer = answers.lock().unwrap().get(&*path).cloned();
                    let answer = answer.unwrap_or_else(|| head_of("404 Not Found", 0));
                    let _ = stream.write_all(&answer).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { dir, at, answers, asked }
    }

    fn answer(&self, path: &'static str, answer: Vec<u8>) {
        self.answers.lock().unwrap().insert(path, answer);
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    async fn update(&self, sources: &[&str]) -> IntelUpdate {
        let upstreams = TestUpstreams {
            pins: [(format!("{HOST}:443"), self.at)].into(),
            roots: vec![self.dir.path().join("ca.pem")],
        };
        let outward = Outward::new(&upstreams, None).unwrap();
        let sources: Vec<_> = sources.iter().map(|source| (*source).to_owned()).collect();
        update(&self.data(), &sources, &outward, &mut Silent).await.unwrap()
    }

    fn has_parts(&self) -> bool {
        let files = fs::read_dir(vigil_store::intel::folder(&self.data())).unwrap().flatten();
        files.into_iter().any(|file| file.path().extension().is_some_and(|end| end == "part"))
    }

    fn knows(&self, name: &str) -> bool {
        load(&self.data()).unwrap().package("npm", name, None).is_some()
    }
}

struct Silent;

impl Progress for Silent {
    fn begins(&mut self, _: &str) {}
    fn has(&mut self, _: u64, _: Option<u64>) {}
    fn ended(&mut self, _: &str, _: &Outcome) {}
}

fn head_of(status: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n").into_bytes()
}

fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut answer =
        format!("HTTP/1.1 200 OK\r\n{headers}content-length: {length}\r\n\r\n").into_bytes();
    answer.extend(body);
    answer
}

fn moved(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn a_list_is_fetched_and_only_asked_for_when_it_is_new() {
    let desk = Desk::new().await;
    let advisory = br#"{"id":"MAL-1","affected":[{"package":{"ecosystem":"npm","name":"evil"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}"#;
    let mut zip = Zip::new();
    zip.file("MAL-1.json", advisory);
    desk.answer("/npm.zip?key=x", ok("etag: \"one\"\r\n", &zip.bytes()));
    let sources = ["ours-npm=https://lists.example/npm.zip?key=x"];

    let first = desk.update(&sources).await;
    assert_eq!((first.changed, first.failed.len()), (1, 0), "{first:?}");
    assert!(desk.knows("evil"));
    let list = vigil_store::intel::set(&desk.data()).unwrap().lists.remove(0);
    assert_eq!((list.name.as_str(), list.origin.as_str()), ("ours-npm", HOST));
    assert_eq!(list.etag.as_deref(), Some("\"one\""));

    desk.answer("/npm.zip?key=x", b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec());
    let second = desk.update(&sources).await;
    assert_eq!((second.changed, second.unchanged), (0, 1), "{second:?}");
    assert!(desk.knows("evil"));
    let again = vigil_store::intel::set(&desk.data()).unwrap().lists.remove(0);
    assert_ne!(again.imported, list.imported, "it was looked at today");

    let asked = desk.asked.lock().unwrap().clone();
    assert!(!asked[0].to_lowercase().contains("if-none-match"));
    assert!(asked[1].to_lowercase().contains("if-none-match: \"one\""), "{}", asked[1]);
    assert!(asked[0].to_lowercase().contains("host: lists.example\r\n"));
    assert_eq!(vigil_store::intel::last_update(&desk.data()), Some(second));
}

#[tokio::test]
async fn whatever_goes_wrong_the_last_good_one_stays() {
    let desk = Desk::new().await;
    desk.answer("/list", ok("", b"evil\tall\n"));
    let sources = ["ours-npm=https://lists.example/list"];
    desk.update(&sources).await;
    assert!(desk.knows("evil"));

    let torn = ok("", b"worse\tall\nworst\tall\n");
    for (answer, what) in [
        (head_of("500 Internal Server Error", 0), "500"),
        (head_of("403 Forbidden", 0), "who asks"),
        (torn[..torn.len() - 5].to_vec(), "broke off"),
        (ok("", b"<html>a page that wants a login</html>"), "no list"),
        (ok("", b"{}"), "no list"),
        (head_of("200 OK", 2_000_000_000), "1 GiB"),
        (moved("http://lists.example/other"), "none over HTTPS"),
        (moved("file:///etc/passwd"), "none over HTTPS"),
        (moved("/list"), "too often"),
        (b"nonsense\r\n\r\n".to_vec(), "broke off"),
    ] {
        desk.answer("/list", answer);

        let update = desk.update(&sources).await;

        let why = update.failed.get("ours-npm").cloned().unwrap_or_default();
        assert!(why.contains(what), "{what}: {why}");
        assert!(desk.knows("evil") && !desk.knows("worse"), "{what}");
        assert!(!desk.has_parts());
    }
}

#[tokio::test]
async fn half_a_list_takes_the_place_of_none() {
    let desk = Desk::new().await;
    let names = |n: u32| {
        let lines: Vec<String> = (0..n).map(|n| format!("evil-{n}\tall\n")).collect();
        lines.concat()
    };
    let sources = ["ours-npm=https://lists.example/list"];
    desk.answer("/list", ok("", names(200).as_bytes()));
    assert_eq!(desk.update(&sources).await.changed, 1);

    let unmeasured =
        |body: &str| format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}").into_bytes();
    for (answer, what) in [
        (ok("", names(99).as_bytes()), "99 indicators where there were 200"),
        (unmeasured(names(200).trim_end()), "in the middle"),
    ] {
        desk.answer("/list", answer);
        let update = desk.update(&sources).await;
        let why = update.failed.get("ours-npm").cloned().unwrap_or_default();
        assert!(why.contains(what), "{what}: {why}");
        assert!(desk.knows("evil-199"), "{what}");
    }

    desk.answer("/list", unmeasured(&names(150)));
    assert_eq!(desk.update(&sources).await.changed, 1);
    assert!(!desk.knows("evil-199") && desk.knows("evil-149"));
}

#[tokio::test]
async fn a_list_that_is_damaged_is_fetched_anew() {
    let desk = Desk::new().await;
    let sources = ["ours-npm=https://lists.example/list"];
    desk.answer("/list", b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec());
    let never = desk.update(&sources).await;
    assert!(never.failed["ours-npm"].contains("304"), "{never:?}");

    desk.answer("/list", ok("etag: \"one\"\r\n", b"evil\tall\n"));
    desk.update(&sources).await;
    let set = vigil_store::intel::set(&desk.data()).unwrap();
    let file = vigil_store::intel::folder(&desk.data()).join(&set.lists[0].file);
    let mut bytes = fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&file, bytes).unwrap();
    assert!(load(&desk.data()).is_err());

    assert_eq!(desk.update(&sources).await.changed, 1);

    assert!(desk.knows("evil"));
    let last = desk.asked.lock().unwrap().last().cloned().unwrap();
    assert!(!last.to_lowercase().contains("if-none-match"), "{last}");
}

#[tokio::test]
async fn whose_names_they_are_is_in_the_name_or_the_address() {
    let desk = Desk::new().await;
    desk.answer("/npm.tsv", ok("", b"evil\tall\n"));
    desk.answer("/list.tsv", ok("", b"worse\tall\n"));

    let update = desk
        .update(&["ours=https://lists.example/npm.tsv", "more=https://lists.example/list.tsv"])
        .await;

    assert_eq!(update.changed, 1);
    assert!(update.failed["more"].contains("whose names"), "{update:?}");
    assert!(desk.knows("evil"));
}

#[tokio::test]
async fn nobody_waits_for_what_is_fetched() {
    let desk = Desk::new().await;
    desk.answer("/list", ok("", b"evil\tall\n"));
    let sources = ["ours-npm=https://lists.example/list"];
    let data = desk.data();
    // Somebody else is at it for a while, before and while a list is put in force.
    let change = vigil_store::intel::Change::begin(&data).unwrap();
    let asked = Arc::clone(&desk.asked);
    let other = tokio::spawn(async move {
        while asked.lock().unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        drop(change);
    });

    let update = desk.update(&sources).await;

    other.await.unwrap();
    assert_eq!(update.changed, 1, "{update:?}");
    assert!(desk.knows("evil"));
}

#[tokio::test]
async fn one_that_fails_does_not_hold_the_others_up() {
    let desk = Desk::new().await;
    desk.answer("/good", ok("", b"evil\tall\n"));
    desk.answer("/there", moved("/good"));
    let sources = [
        "a-npm=https://lists.example/missing",
        "b-npm=https://lists.example/there",
        "c-npm=https://127.0.0.1:1/list",
        "not a source",
    ];

    let update = desk.update(&sources).await;

    assert_eq!(update.changed, 1);
    assert_eq!(update.failed.keys().collect::<Vec<_>>(), ["a-npm", "c-npm"]);
    assert!(update.failed["a-npm"].contains("404"), "{:?}", update.failed);
    assert!(desk.knows("evil"));
}

#[tokio::test]
async fn a_server_that_is_not_who_it_should_be_is_not_believed() {
    let desk = Desk::new().await;
    desk.answer("/list", ok("", b"evil\tall\n"));
    let upstreams = TestUpstreams {
        pins: [(format!("{HOST}:443"), desk.at)].into(),
        ..TestUpstreams::default()
    };
    let outward = Outward::new(&upstreams, None).unwrap();
    let sources = ["ours-npm=https://lists.example/list".to_owned()];

    let update = update(&desk.data(), &sources, &outward, &mut Silent).await.unwrap();

    assert_eq!(update.failed.len(), 1, "{update:?}");
    assert!(desk.asked.lock().unwrap().is_empty());
}
