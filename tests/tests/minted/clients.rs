//! Clients that shake hands with a server and say whether they believe it. Each trusts what is in one
//! file. One that is not installed fails the test, and says what to install.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{IpAddr, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use vigil_tests::vigil::Home;

use super::server::Server;

/// Far longer than any handshake takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a client makes of a certificate.
pub(crate) enum Verdict {
    /// The handshake is done and the server was heard.
    Taken,
    /// In the client's words.
    Refused(String),
}

pub(crate) struct Client {
    pub(crate) name: &'static str,
    /// What it says of a certificate whose authority is not for its names.
    words: &'static [&'static str],
    shake: fn(&Home, &Server, &Path) -> Verdict,
}

impl Client {
    pub(crate) fn shake(&self, home: &Home, server: &Server, ca: &Path) -> Verdict {
        (self.shake)(home, server, ca)
    }

    pub(crate) fn is_for_its_names(&self, why: &str) -> bool {
        self.words.iter().any(|words| why.contains(words))
    }
}

/// In OpenSSL's words (`X509_V_ERR_PERMITTED_VIOLATION`, `X509_V_ERR_EXCLUDED_VIOLATION`).
const OPENSSL: &[&str] = &["permitted subtree violation", "excluded subtree violation"];

pub(crate) const CLIENTS: &[Client] = &[
    Client { name: "openssl", words: OPENSSL, shake: openssl },
    Client { name: "curl", words: OPENSSL, shake: curl },
    Client { name: "Python", words: OPENSSL, shake: python },
    Client { name: "Node", words: OPENSSL, shake: node },
    Client { name: "rustls", words: &["NameConstraintViolation"], shake: rustls },
];

fn is_address(server: &Server) -> bool {
    server.host().parse::<IpAddr>().is_ok()
}

/// Runs a client to its end with `input`.
fn run(mut client: Command, package: &str, input: &str) -> Output {
    client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match client.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => panic!(
            "this test shows certificates to {}: install it: sudo apt-get install -y {package}",
            client.get_program().display()
        ),
        Err(error) => panic!("{}: {error}", client.get_program().display()),
    };
    // One that has refused no longer reads.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Its words, when its exit code says that it did not believe the certificate.
fn verdict(output: &Output, refused: i32, server: &Server) -> Verdict {
    let (said, heard) = (&output.stderr, &output.stdout);
    let words = format!("{}{}", String::from_utf8_lossy(said), String::from_utf8_lossy(heard));
    match output.status.code() {
        Some(0) => {
            assert!(words.contains(server.host()), "another server: {words}");
            Verdict::Taken
        }
        Some(code) if code == refused => Verdict::Refused(words),
        _ => panic!("it did not get as far as a certificate: {}: {words}", output.status),
    }
}

fn openssl(home: &Home, server: &Server, ca: &Path) -> Verdict {
    let mut client = home.clean("openssl".into(), &["s_client", "-verify_return_error"]);
    client.args(["-connect", &format!("127.0.0.1:{}", server.port())]);
    client.args(["-x509_strict", "-purpose", "sslserver", "-ign_eof", "-no-CApath", "-CAfile"]);
    client.arg(ca);
    if is_address(server) {
        client.args(["-noservername", "-verify_ip", server.host()]);
    } else {
        client.args(["-servername", server.host(), "-verify_hostname", server.host()]);
    }
    verdict(&run(client, "openssl", "GET / HTTP/1.0\r\n\r\n"), 1, server)
}

fn curl(home: &Home, server: &Server, ca: &Path) -> Verdict {
    let (host, port) = (server.host(), server.port());
    let mut client = home.clean("curl".into(), &["-q", "--silent", "--show-error"]);
    client.args(["--noproxy", "*", "--max-time", "60", "--cacert"]).arg(ca);
    if is_address(server) {
        // Whatever the address is, it leads to the server.
        client.args(["--connect-to", &format!("::127.0.0.1:{port}")]);
    } else {
        client.args(["--resolve", &format!("{host}:{port}:127.0.0.1")]);
    }
    let authority = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    client.arg(format!("https://{authority}:{port}/"));
    // CURLE_PEER_FAILED_VERIFICATION.
    verdict(&run(client, "curl", ""), 60, server)
}

const PYTHON: &str = r#"
import socket, ssl, sys
ca, port, name = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
context.verify_flags |= ssl.VERIFY_X509_STRICT
try:
    with socket.create_connection(("127.0.0.1", int(port)), 60) as plain:
        with context.wrap_socket(plain, server_hostname=name) as tls:
            tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while heard := tls.recv(4096):
                sys.stdout.write(heard.decode())
except ssl.SSLCertVerificationError as error:
    sys.stderr.write(str(error))
    sys.exit(3)
"#;

fn python(home: &Home, server: &Server, ca: &Path) -> Verdict {
    let mut client = home.clean("python3".into(), &["-I", "-c", PYTHON]);
    client.arg(ca).args([&server.port().to_string(), server.host()]);
    verdict(&run(client, "python3", ""), 3, server)
}

const NODE: &str = r#"
const [port, host, isName] = process.argv.slice(1);
const options = { host: "127.0.0.1", port: Number(port), timeout: 60000 };
if (isName === "true") options.servername = host;
const tls = require("node:tls");
options.checkServerIdentity = (_, certificate) => tls.checkServerIdentity(host, certificate);
const socket = tls.connect(options, () => socket.write("GET / HTTP/1.0\r\n\r\n"));
socket.pipe(process.stdout);
socket.on("timeout", () => process.exit(4));
socket.on("error", (error) => {
  process.stderr.write(`${error.code} ${error.message}`);
  process.exitCode = socket.authorizationError || error.code?.startsWith("ERR_TLS_CERT") ? 3 : 4;
});
"#;

/// With the variable that Node's clients are given.
fn node(home: &Home, server: &Server, ca: &Path) -> Verdict {
    let mut client = home.clean("node".into(), &["-e", NODE]);
    client.env("NODE_EXTRA_CA_CERTS", ca);
    client.args([&server.port().to_string(), server.host(), &(!is_address(server)).to_string()]);
    verdict(&run(client, "nodejs", ""), 3, server)
}

fn rustls(_: &Home, server: &Server, ca: &Path) -> Verdict {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(server.host().to_owned()).unwrap();
    let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    let mut heard = String::new();
    let ended = stream
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .and_then(|()| stream.read_to_string(&mut heard));
    match ended {
        Ok(_) => {
            assert!(heard.ends_with(server.host()), "another server: {heard}");
            Verdict::Taken
        }
        Err(error) if error.kind() == ErrorKind::InvalidData => Verdict::Refused(error.to_string()),
        Err(error) => panic!("it did not get as far as a certificate: {error}"),
    }
}
