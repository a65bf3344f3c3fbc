//! mitmproxy at its best: no output, bodies streamed, all other hosts left alone.

use std::{fs, net::Ipv4Addr, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use tokio::net::{TcpListener, TcpStream};

use super::{PATIENCE, Process, Setup, Started};
use crate::{answers::HOST, client::Ports};

/// The addon: leads the model's host to the upstream, and holds no answer back.
const ADDON: &str = r#"
def server_connect(data):
    if data.server.address and data.server.address[0] == "HOST":
        data.server.address = ("127.0.0.1", PORT)


def responseheaders(flow):
    flow.response.stream = True
"#;

pub(super) const NAME: &str = "mitmproxy";

pub(super) async fn start(
    setup: &Setup,
    mitmdump: &Path,
    home: &Path,
    ports: Ports,
) -> Result<Started> {
    let addon = home.join("addon.py");
    let text = ADDON.replace("HOST", HOST).replace("PORT", &ports.tls.to_string());
    fs::write(&addon, text).context("cannot write the addon")?;
    // It tells nobody which port it took, so it is given one that was free a moment ago.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
    let mut command = Setup::clean(mitmdump, home)?;
    command
        .args(["--quiet", "--listen-host", "127.0.0.1", "--listen-port"])
        .arg(free.port().to_string())
        .arg("--set")
        .arg(format!("confdir={}", home.display()))
        .arg("--set")
        .arg(format!("ssl_verify_upstream_trusted_ca={}", setup.root().display()))
        .arg("--allow-hosts")
        .arg(format!("^{}:", HOST.replace('.', "\\.")))
        .arg("--scripts")
        .arg(addon);
    let mut process = Process::spawn(command)?;
    let root = home.join("mitmproxy-ca-cert.pem");
    let start = tokio::time::Instant::now();
    while !root.is_file() || TcpStream::connect(free).await.is_err() {
        if let Some(status) = process.child.try_wait()? {
            bail!("it ended with {status}");
        }
        if start.elapsed() > PATIENCE {
            bail!("it does not get ready");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(Started { process, addr: free, root })
}
