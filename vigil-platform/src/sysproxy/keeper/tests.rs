//! With GNOME's real program and a store of its own (a file below a scratch home).

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, time::Duration};

use vigil_proto::rpc::Port;

use super::{KEPT, Keeper, Lookup, Restored, Route, SysProxy, SysProxyError};
use crate::{
    made,
    program::{Input, Program},
    sysproxy::{Setting, Way},
};

const PATIENCE: Duration = Duration::from_secs(30);

/// A user with a desktop.
struct User {
    dir: tempfile::TempDir,
    home: PathBuf,
    env: Box<Lookup<'static>>,
}

impl User {
    /// Nothing, and words about it, where GNOME's program or its settings are missing.
    fn new() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let (home, run) = (dir.path().join("home"), dir.path().join("run"));
        let variable = home.clone();
        let env = move |name: &str| match name {
            "HOME" => Some(variable.clone().into()),
            "XDG_RUNTIME_DIR" => Some(run.clone().into()),
            "PATH" => std::env::var_os("PATH"),
            "GSETTINGS_BACKEND" => Some("keyfile".into()),
            _ => None,
        };
        let user = Self { dir, home, env: Box::new(env) };
        for folder in ["home", "state", "run/systemd"] {
            fs::create_dir_all(user.dir.path().join(folder)).unwrap();
        }
        let ways = user.proxy().ways();
        if !ways.contains(&Way::Gnome) {
            eprintln!("SKIPPED: no gsettings with the schema org.gnome.system.proxy");
            return None;
        }
        assert_eq!(ways, [Way::Gnome, Way::Environment]);
        Some(user)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn proxy(&self) -> SysProxy {
        SysProxy::detect(&self.home, &*self.env)
    }

    fn keeper(&self) -> Keeper<'_> {
        self.keeper_within(PATIENCE).unwrap()
    }

    fn keeper_within(&self, patience: Duration) -> Result<Keeper<'_>, SysProxyError> {
        Keeper::open(&self.at("state"), &self.home, &*self.env, patience)
    }

    fn current(&self) -> Vec<Setting> {
        self.proxy().current().unwrap()
    }

    fn gsettings(&self, arguments: &[&str]) -> String {
        let named = ["HOME", "GSETTINGS_BACKEND"];
        let program = Program::find("gsettings", &*self.env, &named).unwrap();
        program.run(arguments, Input::Nothing, PATIENCE).unwrap().text().unwrap()
    }

    fn set(&self, schema: &str, key: &str, value: &str) {
        self.gsettings(&["set", &format!("org.gnome.system.proxy{schema}"), key, value]);
    }

    fn value(&self, schema: &str, key: &str) -> String {
        let schema = format!("org.gnome.system.proxy{schema}");
        self.gsettings(&["get", &schema, key]).trim_end().to_owned()
    }

    fn everything(&self) -> String {
        self.gsettings(&["list-recursively", "org.gnome.system.proxy"])
    }

    fn variables(&self) -> PathBuf {
        self.at("home/.config/environment.d/60-vigil-proxy.conf")
    }
}

fn port(number: u16) -> Port {
    Port::new(number).unwrap()
}

fn manual() -> Route {
    Route::Manual { proxy: port(9080) }
}

fn pac() -> Route {
    Route::Pac { served_at: port(4711) }
}

#[test]
fn a_route_is_set_and_everything_comes_back_as_it_was() {
    let Some(user) = User::new() else { return };
    user.set("", "autoconfig-url", "'http://intranet.example/old.pac'");
    user.set(".https", "host", "'old.example'");
    user.set(".https", "port", "3128");
    user.set("", "ignore-hosts", "['*.example', \"it's\"]");
    let before = (user.everything(), user.current());

    for (route, mode) in [(pac(), "'auto'"), (manual(), "'manual'")] {
        user.keeper().enable(route).unwrap();
        assert_eq!(user.value("", "mode"), mode);
        assert_eq!(user.variables().exists(), route == manual());

        let restored = user.keeper().restore().unwrap();

        assert_eq!(restored, Some(Restored::Original));
        assert_eq!((user.everything(), user.current()), before);
        assert!(!user.variables().exists() && !user.at("state").join(KEPT).exists());
        // The folder that was made for it, and the note of that.
        assert!(!user.variables().parent().unwrap().exists());
        assert!(!user.at("state").join(made::NAME).exists());
    }
}

#[test]
fn what_is_set_leads_to_us() {
    let Some(user) = User::new() else { return };

    user.keeper().enable(manual()).unwrap();

    for schema in [".http", ".https"] {
        assert_eq!(user.value(schema, "host"), "'127.0.0.1'");
        assert_eq!(user.value(schema, "port"), "9080");
    }
    let variables = fs::read_to_string(user.variables()).unwrap();
    assert!(variables.contains("\nHTTPS_PROXY=http://127.0.0.1:9080\n"), "{variables}");
    user.keeper().restore().unwrap();
    user.keeper().enable(pac()).unwrap();
    assert_eq!(user.value("", "autoconfig-url"), "'http://127.0.0.1:4711/vigil-proxy.pac'");
}

#[test]
fn the_backup_is_private_and_written_once() {
    let Some(user) = User::new() else { return };
    user.keeper().enable(pac()).unwrap();
    let file = user.at("state").join(KEPT);
    let kept = fs::read(&file).unwrap();

    let again = user.keeper().enable(manual());

    assert!(matches!(again, Err(SysProxyError::Pending(path)) if path == file));
    assert_eq!(fs::read(&file).unwrap(), kept);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn our_own_value_is_never_taken_for_the_users() {
    let Some(user) = User::new() else { return };
    let before = user.everything();
    for route in [pac(), manual()] {
        // Somebody deletes the backup while our values are set.
        user.keeper().enable(route).unwrap();
        fs::remove_file(user.at("state").join(KEPT)).unwrap();

        user.keeper().enable(route).unwrap();
        let restored = user.keeper().restore().unwrap();

        assert_eq!(restored, Some(Restored::Original));
        assert_eq!(user.everything(), before);
        assert!(!user.variables().exists());
    }
}

#[test]
fn a_switch_that_somebody_has_turned_off_stays_off() {
    let Some(user) = User::new() else { return };
    user.set("", "mode", "'none'");
    let before = user.everything();
    user.keeper().enable(pac()).unwrap();
    user.set("", "mode", "'none'");

    let restored = user.keeper().restore().unwrap();

    // What they chose is what was there before: nothing to tell, and no address of ours stays.
    assert_eq!(restored, Some(Restored::Original));
    assert_eq!(user.everything(), before);
}

#[test]
fn an_address_that_somebody_has_put_in_place_of_ours_stays_in_use() {
    let Some(user) = User::new() else { return };
    user.keeper().enable(manual()).unwrap();
    user.set(".https", "host", "'corporate.example'");
    user.set(".https", "port", "3128");

    let restored = user.keeper().restore().unwrap();

    let Some(Restored::LeftAlone(left)) = restored else { panic!("{restored:?}") };
    let left: Vec<_> = left.into_iter().map(|(_, key)| key).collect();
    assert_eq!(
        left,
        [
            "org.gnome.system.proxy.https host",
            "org.gnome.system.proxy.https port",
            "org.gnome.system.proxy mode"
        ]
    );
    assert_eq!(user.value("", "mode"), "'manual'");
    assert_eq!(user.value(".https", "host"), "'corporate.example'");
    assert_eq!(user.value(".http", "host"), "''");
    // It was told; there is nothing more to put back.
    assert!(!user.at("state").join(KEPT).exists());
}

#[test]
fn a_proxy_of_somebody_elses_is_not_touched() {
    let Some(user) = User::new() else { return };
    user.set(".https", "host", "'corporate.example'");
    user.set(".https", "port", "3128");
    user.set("", "mode", "'manual'");
    let before = user.everything();

    for route in [pac(), manual()] {
        let refused = user.keeper().enable(route);

        assert!(matches!(refused, Err(SysProxyError::InUse { way: Way::Gnome, .. })));
        assert_eq!(user.everything(), before);
        assert!(!user.at("state").join(KEPT).exists());
    }
}

#[test]
fn a_script_of_somebody_elses_is_named_without_what_is_secret_in_it() {
    let Some(user) = User::new() else { return };
    let secret = ["hunter", "2"].concat();
    let url = format!("'https://me:{secret}@pac.example:8443/{secret}/proxy.pac?token={secret}'");
    user.set("", "autoconfig-url", &url);
    user.set("", "mode", "'auto'");

    let refused = user.keeper().enable(pac()).unwrap_err().to_string();

    assert!(refused.contains("a script from pac.example:8443"), "{refused}");
    assert!(!refused.contains(&secret), "{refused}");
}

#[test]
fn a_file_of_the_users_with_our_name_comes_back_byte_for_byte() {
    let Some(user) = User::new() else { return };
    let theirs = "# mine\n\tHTTPS_PROXY=\\x\r\n";
    fs::create_dir_all(user.variables().parent().unwrap()).unwrap();
    fs::write(user.variables(), theirs).unwrap();
    fs::set_permissions(user.variables(), fs::Permissions::from_mode(0o640)).unwrap();

    user.keeper().enable(manual()).unwrap();
    assert_ne!(fs::read_to_string(user.variables()).unwrap(), theirs);
    user.keeper().restore().unwrap();

    assert_eq!(fs::read_to_string(user.variables()).unwrap(), theirs);
    let mode = fs::metadata(user.variables()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_change_that_fails_half_way_is_taken_back() {
    let Some(user) = User::new() else { return };
    let before = user.everything();
    // The variables' folder cannot be made: GNOME's settings were written by then.
    fs::create_dir_all(user.at("home/.config")).unwrap();
    fs::write(user.at("home/.config/environment.d"), "in the way").unwrap();

    let failed = user.keeper().enable(manual());

    assert!(matches!(failed, Err(SysProxyError::Io { way: Way::Environment, .. })), "{failed:?}");
    assert_eq!(user.everything(), before);
}

#[test]
fn there_is_one_keeper_at_a_time() {
    let Some(user) = User::new() else { return };
    let first = user.keeper();

    let second = user.keeper_within(Duration::from_millis(50));

    assert!(matches!(second, Err(SysProxyError::Busy)));
    drop(first);
    user.keeper();
}

#[test]
fn a_damaged_backup_is_not_guessed_at() {
    let Some(user) = User::new() else { return };
    let file = user.at("state").join(KEPT);
    fs::write(&file, "vigil proxy backup 1\ngnome").unwrap();

    let restored = user.keeper().restore();

    assert!(matches!(restored, Err(SysProxyError::Backup { .. })), "{restored:?}");
    assert!(file.exists());
}
