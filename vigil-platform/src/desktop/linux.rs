//! Linux: org.freedesktop.Notifications on the session's bus, by libnotify's own program.

use std::{ffi::OsString, path::Path};

use crate::program::Program;

/// How the program finds the session's bus.
const VARIABLES: &[&str] =
    &["DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "HOME", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"];

pub(super) fn find(env: &dyn Fn(&str) -> Option<OsString>) -> Result<Program, String> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    // Without one, the library would start a bus of its own, with nobody on it.
    let has_bus = set("DBUS_SESSION_BUS_ADDRESS").is_some()
        || set("XDG_RUNTIME_DIR").is_some_and(|run| Path::new(&run).join("bus").exists());
    if !has_bus {
        return Err("there is no session bus: nobody is logged in to a desktop".to_owned());
    }
    Program::find("notify-send", env, VARIABLES).ok_or_else(|| {
        "`notify-send` is not installed; it comes with libnotify-bin or libnotify".to_owned()
    })
}

pub(super) fn arguments<'a>(title: &'a str, words: &'a str) -> Vec<&'a str> {
    vec!["--app-name=Vigil", "--urgency=critical", "--category=security", "--", title, words]
}
