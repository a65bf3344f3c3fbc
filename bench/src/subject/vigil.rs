//! Vigil as a user runs it, but for a home of its own, an upstream on loopback, no root daemon and
//! no agents but those that we would begin.

use std::{fs, path::Path, process::Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{Process, Setup, Started};
use crate::{answers::HOST, client::Ports};

pub(super) const NAME: &str = "vigil";

pub(super) async fn start(setup: &Setup, home: &Path, ports: Ports) -> Result<Started> {
    let upstreams = home.join("upstreams.toml");
    let text = format!(
        "roots = [\"{}\"]\npins = {{ \"{HOST}:443\" = \"127.0.0.1:{}\" }}\n",
        setup.root().display(),
        ports.tls
    );
    fs::write(&upstreams, text).context("cannot write the test upstreams")?;
    let mut command = Setup::clean(&setup.vigil, home)?;
    command
        .env("VIGIL_HOME", home.join("vigil"))
        .args(["up", "--port", "0", "--proxy-port", "0", "--telemetry-port", "0", "--ready-json"])
        .arg("--test-upstreams")
        .arg(upstreams)
        .arg("--test-daemon")
        .arg(home.join("no-daemon"))
        .arg("--test-agents-of")
        .arg(std::process::id().to_string())
        .stdout(Stdio::piped());
    let mut process = Process::spawn(command)?;
    let ready: Value = serde_json::from_str(&process.first_line().await?)?;
    let field = |name: &str| ready.get(name).and_then(Value::as_str).context("not a ready line");
    let addr = field("proxy")?.trim_start_matches("http://").parse()?;
    let root = field("ca")?.into();
    Ok(Started { process, addr, root })
}

/// Calls on record, in a hundred of those that were answered. None on record at all is an error:
/// what was measured is then not what users have.
pub(super) fn recorded(setup: &Setup, home: &Path, answered: u64) -> Result<f64> {
    let mut command = Setup::clean(&setup.vigil, home)?;
    command.env("VIGIL_HOME", home.join("vigil")).args(["usage", "--json"]);
    let output = command.stdout(Stdio::piped()).output().context("cannot ask for the usage")?;
    ensure!(output.status.success(), "vigil usage ended with {}", output.status);
    let usage: Value = serde_json::from_slice(&output.stdout)?;
    let calls = usage.pointer("/total/calls").and_then(Value::as_u64);
    let calls = calls.context("vigil usage names no calls")?;
    ensure!(calls > 0, "nothing is on record: the proxy was measured without its inspection");
    ensure!(calls <= answered, "{calls} calls are on record of {answered}");
    #[expect(clippy::cast_precision_loss, reason = "to three digits")]
    let percent = 100.0 * calls as f64 / answered as f64;
    Ok(percent)
}
