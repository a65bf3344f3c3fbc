//! Where browsers look for native messaging hosts of a user. From the vendors' documentation; on Linux
//! tried with Chromium and Firefox ESR, on macOS with none.

use std::path::{Path, PathBuf};

use vigil_proto::{browser::HOST, report::BrowserRow};

/// A browser that can start a native host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Browser {
    /// Its word on the command line.
    pub word: &'static str,
    /// Its name.
    pub title: &'static str,
    /// True for Firefox's form of a host's manifest.
    pub is_firefox: bool,
    /// Its folder below the home on Linux; none where there is no such browser.
    linux: Option<&'static str>,
    /// The same on macOS.
    macos: Option<&'static str>,
}

/// The folder of hosts in a browser's own one; Firefox has another name for it on Linux.
const HOSTS: &str = "NativeMessagingHosts";

/// All of them.
pub const BROWSERS: &[Browser] = &[
    Browser {
        word: "chrome",
        title: "Google Chrome",
        is_firefox: false,
        linux: Some(".config/google-chrome"),
        macos: Some("Library/Application Support/Google/Chrome"),
    },
    Browser {
        word: "chromium",
        title: "Chromium",
        is_firefox: false,
        linux: Some(".config/chromium"),
        macos: Some("Library/Application Support/Chromium"),
    },
    Browser {
        word: "brave",
        title: "Brave",
        is_firefox: false,
        linux: Some(".config/BraveSoftware/Brave-Browser"),
        macos: Some("Library/Application Support/BraveSoftware/Brave-Browser"),
    },
    Browser {
        word: "edge",
        title: "Microsoft Edge",
        is_firefox: false,
        linux: Some(".config/microsoft-edge"),
        macos: Some("Library/Application Support/Microsoft Edge"),
    },
    Browser {
        word: "arc",
        title: "Arc",
        is_firefox: false,
        linux: None,
        macos: Some("Library/Application Support/Arc/User Data"),
    },
    Browser {
        word: "firefox",
        title: "Firefox",
        is_firefox: true,
        linux: Some(".mozilla"),
        macos: Some("Library/Application Support/Mozilla"),
    },
];

/// The browsers that have a folder in the home `home`, and whether Vigil's host is known to each.
pub fn there(home: &Path) -> Vec<BrowserRow> {
    let is_there = |path: Option<PathBuf>| path.is_some_and(|path| path.exists());
    BROWSERS
        .iter()
        .filter(|browser| is_there(browser.folder(home)))
        .map(|browser| BrowserRow {
            browser: browser.word.to_owned(),
            title: browser.title.to_owned(),
            routed: is_there(browser.manifest(home, HOST)),
        })
        .collect()
}

impl Browser {
    /// The browser of that word.
    pub fn of(word: &str) -> Option<&'static Self> {
        BROWSERS.iter().find(|browser| browser.word == word)
    }

    /// Its own folder in the home `home`; none where it does not exist for this system.
    pub fn folder(&self, home: &Path) -> Option<PathBuf> {
        let folder = if cfg!(target_os = "macos") { self.macos } else { self.linux };
        folder.map(|folder| home.join(folder))
    }

    /// The manifest of the host `name`.
    pub fn manifest(&self, home: &Path, name: &str) -> Option<PathBuf> {
        if cfg!(target_os = "macos") {
            return self.manifest_on_macos(home, name);
        }
        let hosts = if self.is_firefox { "native-messaging-hosts" } else { HOSTS };
        Some(self.folder(home)?.join(hosts).join(format!("{name}.json")))
    }

    /// The same on macOS, wherever this is.
    pub fn manifest_on_macos(&self, home: &Path, name: &str) -> Option<PathBuf> {
        Some(home.join(self.macos?).join(HOSTS).join(format!("{name}.json")))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{BROWSERS, Browser, HOST, there};

    #[test]
    fn every_browser_has_its_own_place() {
        let home = Path::new("/home/somebody");
        let mut places: Vec<_> =
            BROWSERS.iter().filter_map(|browser| browser.manifest(home, "a.host")).collect();
        let count = places.len();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), count);
        assert!(count >= 5);
        assert!(
            places.iter().all(|place| place.starts_with(home) && place.ends_with("a.host.json"))
        );
    }

    #[test]
    fn browsers_that_are_there_are_told_with_whether_they_know_the_host() {
        let home = tempfile::tempdir().unwrap();
        assert!(there(home.path()).is_empty());
        let firefox = Browser::of("firefox").unwrap();
        let host = firefox.manifest(home.path(), HOST).unwrap();
        fs::create_dir_all(host.parent().unwrap()).unwrap();
        fs::write(&host, "{}").unwrap();
        let chromium = Browser::of("chromium").unwrap().folder(home.path()).unwrap();
        fs::create_dir_all(chromium).unwrap();

        let there = there(home.path());

        let told: Vec<_> = there.iter().map(|row| (row.browser.as_str(), row.routed)).collect();
        assert_eq!(told, [("chromium", false), ("firefox", true)]);
    }

    #[test]
    fn a_browser_is_found_by_its_word() {
        assert_eq!(Browser::of("firefox").map(|browser| browser.title), Some("Firefox"));
        assert_eq!(Browser::of("netscape"), None);
    }
}
