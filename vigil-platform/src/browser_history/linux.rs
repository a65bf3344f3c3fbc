//! Linux: distributions' packages, Snap, Flatpak.

use super::{
    Family::{Chromium, Firefox},
    Place,
};

const fn chromium(browser: &'static str, folder: &'static str) -> Place {
    Place { browser, family: Chromium, folder }
}

const fn firefox(folder: &'static str) -> Place {
    Place { browser: "Firefox", family: Firefox, folder }
}

pub(super) const PLACES: &[Place] = &[
    chromium("Google Chrome", ".config/google-chrome"),
    chromium("Google Chrome", ".config/google-chrome-beta"),
    chromium("Google Chrome", ".var/app/com.google.Chrome/config/google-chrome"),
    chromium("Chromium", ".config/chromium"),
    chromium("Chromium", "snap/chromium/common/chromium"),
    chromium("Chromium", ".var/app/org.chromium.Chromium/config/chromium"),
    chromium("Brave", ".config/BraveSoftware/Brave-Browser"),
    chromium("Brave", "snap/brave/current/.config/BraveSoftware/Brave-Browser"),
    chromium("Brave", ".var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser"),
    chromium("Microsoft Edge", ".config/microsoft-edge"),
    chromium("Microsoft Edge", ".var/app/com.microsoft.Edge/config/microsoft-edge"),
    firefox(".mozilla/firefox"),
    firefox(".config/mozilla/firefox"),
    firefox("snap/firefox/common/.mozilla/firefox"),
    firefox(".var/app/org.mozilla.firefox/.mozilla/firefox"),
    firefox(".var/app/org.mozilla.firefox/config/mozilla/firefox"),
];
