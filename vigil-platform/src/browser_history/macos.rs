//! macOS: below the user's library.

use super::{
    Family::{Chromium, Firefox},
    Place,
};

const fn chromium(browser: &'static str, folder: &'static str) -> Place {
    Place { browser, family: Chromium, folder }
}

pub(super) const PLACES: &[Place] = &[
    chromium("Google Chrome", "Library/Application Support/Google/Chrome"),
    chromium("Google Chrome", "Library/Application Support/Google/Chrome Beta"),
    chromium("Chromium", "Library/Application Support/Chromium"),
    chromium("Brave", "Library/Application Support/BraveSoftware/Brave-Browser"),
    chromium("Microsoft Edge", "Library/Application Support/Microsoft Edge"),
    chromium("Arc", "Library/Application Support/Arc/User Data"),
    Place {
        browser: "Firefox",
        family: Firefox,
        folder: "Library/Application Support/Firefox/Profiles",
    },
];
