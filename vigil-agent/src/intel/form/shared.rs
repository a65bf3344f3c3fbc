//! Hosts where anybody can put a file or a page. Malware lies there too, and lists name them for it; a
//! connection to one says nothing. Of these only whole URLs are taken in.

use std::net::IpAddr;

/// The host itself.
const EXACT: &[&str] = &[
    "archive.org",
    "bit.ly",
    "bitbucket.org",
    "calendar.google.com",
    "cdn.discordapp.com",
    "cloud.google.com",
    "codeberg.org",
    "codeload.github.com",
    "discord.com",
    "docs.google.com",
    "drive.google.com",
    "drive.usercontent.google.com",
    "dropbox.com",
    "firebasestorage.googleapis.com",
    "gist.github.com",
    "gist.githubusercontent.com",
    "github.com",
    "gitlab.com",
    "google.com",
    "graph.microsoft.com",
    "huggingface.co",
    "login.microsoftonline.com",
    "media.discordapp.net",
    "microsoft.com",
    "objects.githubusercontent.com",
    "onedrive.live.com",
    "paste.ee",
    "pastebin.com",
    "pixeldrain.com",
    "raw.githubusercontent.com",
    "release-assets.githubusercontent.com",
    "rentry.co",
    "s3.amazonaws.com",
    "sites.google.com",
    "sourceforge.net",
    "storage.googleapis.com",
    "t.me",
    "telegra.ph",
    "tinyurl.com",
    "transfer.sh",
    "www.dropbox.com",
    "www.google.com",
    "youtube.com",
];

/// The host and all below it.
const BELOW: &[&str] = &[
    "1drv.com",
    "1drv.ms",
    "amazonaws.com",
    "api.telegram.org",
    "azureedge.net",
    "cloudfront.net",
    "core.windows.net",
    "dl.dropboxusercontent.com",
    "dl.sourceforge.net",
    "googleapis.com",
    "googleusercontent.com",
    "jsdelivr.net",
    "mediafire.com",
    "mega.nz",
    "sharepoint.com",
    "steamcommunity.com",
    "unpkg.com",
    "us.archive.org",
    "wetransfer.com",
];

/// Registries of packages, label by label; with all below them.
const REGISTRIES: &[[&str; 2]] = &[
    ["crates", "io"],
    ["npmjs", "com"],
    ["npmjs", "org"],
    ["pypi", "org"],
    [concat!("python", "hosted"), "org"],
    ["rubygems", "org"],
    ["yarnpkg", "com"],
];

/// Resolvers that everybody asks.
const ADDRESSES: &[[u8; 4]] =
    &[[1, 1, 1, 1], [1, 0, 0, 1], [8, 8, 8, 8], [8, 8, 4, 4], [9, 9, 9, 9]];

/// Whether anybody can put something there; `host` in lower case.
pub(super) fn is_shared(host: &str) -> bool {
    let host = host.strip_prefix("www.").unwrap_or(host);
    // Vigil's own subject: who is decrypted is nobody's malware.
    vigil_proto::ca::is_ai(host)
        || EXACT.contains(&host)
        || BELOW.iter().any(|parent| {
            host.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
        || REGISTRIES.iter().any(|labels| {
            let mut last = host.rsplit('.');
            labels.iter().rev().all(|label| last.next() == Some(label))
        })
}

/// The same of an address.
pub(super) fn is_shared_address(address: IpAddr) -> bool {
    matches!(address.to_canonical(), IpAddr::V4(v4) if ADDRESSES.contains(&v4.octets()))
}
