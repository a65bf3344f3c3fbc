//! A server on loopback with a certificate that the agent's authority signed, for any name.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256, PublicKeyData as _,
};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use vigil_platform::process;
use vigil_proto::{ca::Subject, rpc::Uid};

/// It answers everything with the name it goes by.
pub(crate) struct Server {
    host: String,
    port: u16,
}

impl Server {
    /// Starts one that goes by the first of `names` (each a host or an address), with the authority's
    /// certificate and key.
    pub(crate) fn start(names: &[&str], authority: &[u8], key: &str) -> Self {
        let config = Arc::new(config(names, authority, key));
        let host = *names.first().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let name = host.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that does not believe us goes away in the middle.
                let _ = answer(stream, &config, &name);
            }
        });
        Self { host: host.to_owned(), port }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

fn config(names: &[&str], authority: &[u8], key: &str) -> ServerConfig {
    let key = KeyPair::from_pem(key).unwrap();
    let uid = Uid::new(process::uid()).unwrap();
    let subject = Subject::new(uid, &key.subject_public_key_info());
    // What is signed with: its name and its key.
    let mut issuer = CertificateParams::default();
    issuer.distinguished_name = DistinguishedName::new();
    issuer.distinguished_name.push(DnType::CommonName, subject.to_string());
    let issuer = Issuer::new(issuer, key);
    let mut params =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
            .unwrap();
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let leaf = params.signed_by(&key, &issuer).unwrap();
    let chain = vec![leaf.der().clone(), CertificateDer::from(authority.to_vec())];
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

fn answer(stream: TcpStream, config: &Arc<ServerConfig>, name: &str) -> std::io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let mut line = String::new();
    while stream.read_line(&mut line)? > 2 {
        line.clear();
    }
    let stream = stream.get_mut();
    let length = name.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{name}"
    )?;
    stream.conn.send_close_notify();
    stream.flush()
}
