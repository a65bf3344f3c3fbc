//! Loopback that has addresses that are nobody's (RFC 5737, RFC 3849), to which the model's name
//! leads.

use std::process::Command;

use vigil_tests::network::Inside;

/// The model's host.
pub(crate) const HOST: &str = "api.anthropic.com";
/// Its addresses.
pub(crate) const V4: &str = "203.0.113.10";
pub(crate) const V6: &str = "2001:db8:1::10";

/// The network, from inside.
pub(crate) struct Network(Inside);

impl Network {
    /// The network, if this process is in it.
    pub(crate) fn inside() -> Option<Self> {
        let inside = Inside::find()?;
        for address in [format!("{V4}/32"), format!("{V6}/128")] {
            let mut ip = Command::new("ip");
            ip.args(["addr", "add", &address, "dev", "lo"]);
            if address.contains(':') {
                // Nobody else can have it.
                ip.arg("nodad");
            }
            assert!(ip.status().unwrap().success(), "{address}");
        }
        Some(Self(inside))
    }

    /// From now on the model's name leads to `address`.
    pub(crate) fn name(&self, address: &str) {
        self.0.name(&format!("127.0.0.1 localhost\n::1 localhost\n{address} {HOST}\n"));
    }

    /// Tells the process outside that every step was done.
    pub(crate) fn done(&self) {
        self.0.done();
    }
}
