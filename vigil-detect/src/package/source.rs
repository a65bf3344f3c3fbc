//! What speaks against where a package comes from and how it is fetched, whatever its name. An index
//! that a company runs, a repository and an installer's script are everyday things, and said so
//! quietly; what nobody can vouch for is said louder.

use std::net::Ipv4Addr;

use vigil_proto::{
    Severity,
    package::{Assessment, Package, PackageSource, Reason},
};

use crate::intel::Intel;

mod host;

use self::host::{Host, Standing};

/// Weighs source, address and flags of `package`.
pub(super) fn weigh(package: &Package<String>, intel: &Intel, found: &mut Assessment) {
    let address = package.url.as_deref().unwrap_or_default();
    let host = Host::of(address);
    if is_listed(address, host.as_ref(), intel) {
        found.add(Severity::Critical, Reason::of("malicious-address"));
    }
    match package.source {
        // A list of packages that is fetched.
        PackageSource::Manifest if address.contains("://") => archive(host.as_ref(), found),
        PackageSource::Registry | PackageSource::Manifest | PackageSource::File => {}
        PackageSource::Unresolved => found.add(Severity::Info, Reason::of("unresolved-name")),
        PackageSource::Index => index(package, host.as_ref(), found),
        PackageSource::Git => repository(host.as_ref(), found),
        PackageSource::Url if is_script(package) => script(package, host.as_ref(), found),
        PackageSource::Url => archive(host.as_ref(), found),
    }
    if let Some(host) = &host
        && package.source != PackageSource::File
    {
        reached(host, found);
    }
    for flag in &package.flags {
        match flag.as_ref() {
            "no-verify" => found.add(Severity::Medium, Reason::of("verification-off")),
            "userconfig" => found.add(Severity::Low, Reason::of("other-configuration")),
            "break-system-packages" => found.add(Severity::Info, Reason::of("system-packages")),
            _ => {}
        }
    }
}

/// True for a script that runs as it comes.
fn is_script(package: &Package<String>) -> bool {
    package.ecosystem == "script" || package.manager == "script"
}

fn is_listed(address: &str, host: Option<&Host<'_>>, intel: &Intel) -> bool {
    if address.is_empty() {
        return false;
    }
    intel.url(address).is_some_and(|listed| listed.certain)
        || host.is_some_and(|host| {
            intel.endpoint(host.name, host.port).is_some_and(|listed| listed.certain)
        })
}

/// The registry that is asked is another one. What it answers may be anything, under any name.
fn index(package: &Package<String>, host: Option<&Host<'_>>, found: &mut Assessment) {
    let has = |flag: &str| package.flags.iter().any(|other| other == flag);
    let severity = match host.map(Host::standing) {
        // A name that stands in a configuration, such as a channel, a tap or a company's index.
        None if has("tap") && package.ecosystem == "debian" => Severity::Medium,
        None | Some(Standing::Own) => Severity::Low,
        Some(Standing::Vendor) => Severity::Info,
        Some(_) => Severity::Medium,
    };
    if has("channel") && host.is_none() {
        return;
    }
    let rule = if has("extra-index-url") { "extra-index" } else { "redirected-index" };
    found.add(severity, Reason::of(rule));
}

fn repository(host: Option<&Host<'_>>, found: &mut Assessment) {
    let severity = match host.map(Host::standing) {
        None | Some(Standing::Forge | Standing::Vendor | Standing::Own) => Severity::Low,
        Some(_) => Severity::Medium,
    };
    found.add(severity, Reason::of("from-repository"));
}

fn archive(host: Option<&Host<'_>>, found: &mut Assessment) {
    let severity = match host.map(Host::standing) {
        Some(Standing::Vendor) => Severity::Info,
        Some(Standing::Forge | Standing::Own) => Severity::Low,
        None | Some(_) => Severity::Medium,
    };
    found.add(severity, Reason::of("from-address"));
}

fn script(package: &Package<String>, host: Option<&Host<'_>>, found: &mut Assessment) {
    let later = package.flags.iter().any(|flag| flag == "download-then-run");
    let rule = if later { "download-then-run" } else { "pipe-to-shell" };
    let severity = match host.map(Host::standing) {
        _ if host.is_some_and(Host::is_installer) => Severity::Low,
        Some(Standing::Vendor) => Severity::Low,
        Some(Standing::Forge | Standing::Own) | None => Severity::Medium,
        Some(_) => Severity::High,
    };
    found.add(severity, Reason::of(rule));
}

/// How the host is reached, and what kind of place it is.
fn reached(host: &Host<'_>, found: &mut Assessment) {
    let standing = host.standing();
    if standing == Standing::Own {
        return;
    }
    if host.is_plain {
        found.add(Severity::High, Reason::of("unencrypted"));
    }
    if standing == Standing::Throwaway {
        found.add(Severity::High, Reason::of("throwaway-host"));
    }
    if host.name.parse::<Ipv4Addr>().is_ok() || host.name.starts_with('[') {
        found.add(Severity::High, Reason::of("bare-address"));
    }
}
