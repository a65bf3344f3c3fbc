//! The script that a browser asks which way to go (proxy auto-configuration): hosts that are listed
//! go through the proxy, and directly when it is not there; everything else goes directly.

use std::fmt::Write as _;

use vigil_proto::rpc::Port;

/// The media type that browsers want it served with.
pub const CONTENT_TYPE: &str = "application/x-ns-proxy-autoconfig";

/// The script for `hosts`, exact names in lower case, and the proxy's port on loopback. A name that
/// is not made of what host names are made of is left out: nothing in it could be code.
pub fn text(hosts: &[impl AsRef<str>], proxy: Port) -> String {
    let mut listed: Vec<&str> =
        hosts.iter().map(AsRef::as_ref).filter(|host| is_plain(host)).collect();
    listed.sort_unstable();
    listed.dedup();
    let mut names = String::new();
    for host in listed {
        // Writing to a string cannot fail.
        let _ = write!(names, "\n  \"{host}\": true,");
    }
    // Old readers take no comma after the last one.
    if names.pop().is_some() {
        names.push('\n');
    }
    let proxy = proxy.raw();
    format!(
        "// Vigil's, while its agent runs.\n\
         var listed = {{{names}}};\n\
         function FindProxyForURL(url, host) {{\n  \
           var name = String(host).toLowerCase().replace(/\\.$/, \"\");\n  \
           if (Object.prototype.hasOwnProperty.call(listed, name)) {{\n    \
             return \"PROXY 127.0.0.1:{proxy}; DIRECT\";\n  \
           }}\n  \
           return \"DIRECT\";\n\
         }}\n"
    )
}

fn is_plain(host: &str) -> bool {
    (1..=253).contains(&host.len())
        && host.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
}

#[cfg(test)]
mod tests;
