use tokio::net::TcpListener;
use vigil_proto::rpc::Uid;

use super::{
    super::{ca::Authorities, leaf::Leaves},
    *,
};

/// Two ends of a connection.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let one = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (one, listener.accept().await.unwrap().0)
}

#[tokio::test]
async fn an_end_that_says_nothing_in_its_handshake_takes_no_place_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let host = "api.example";
    let ca = folder.path().join("ca");
    let authorities = Authorities::open(&ca, &[host.to_owned()], Uid::new(1000).unwrap()).unwrap();
    let leaf = Leaves::new(authorities).unwrap().leaf_for(host).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let upstream_tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    // What will be spoken is known, or upstream has to be asked.
    for offers in [Offers { http1: true, http2: false }, Offers { http1: true, http2: true }] {
        let ((_client_end, client), (upstream, _upstream_end)) = (pair().await, pair().await);
        let interception = Interception {
            host: host.into(),
            client: Prefixed::new(Vec::new(), client),
            upstream,
            leaf: leaf.clone(),
            offers,
            upstream_tls: Arc::new(upstream_tls.clone()),
        };

        let traffic = Traffic::default();
        let patience = Duration::from_millis(50);
        let open = || unreachable!("nobody has shaken hands");
        let run = interception.run_within(patience, &traffic, open);
        let ended = timeout(Duration::from_mins(1), run).await.expect("it waits for ever");

        assert_eq!(ended.unwrap_err().word(), "handshake-timeout");
    }
}
