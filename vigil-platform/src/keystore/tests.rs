use super::{Key, KeystoreError, named};

#[test]
fn a_key_is_never_shown() {
    assert_eq!(format!("{:?}", Key::new([7; 32])), "Key(..)");
}

#[test]
fn a_services_name_is_a_name() {
    assert!(named("vigil.vault-1").is_ok());
    for name in ["", "-x", "a b", "a\n", "ä", "a/b", &"x".repeat(65)] {
        assert!(matches!(named(name), Err(KeystoreError::Name(_))), "{name:?}");
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        ffi::OsString,
        fs,
        io::{BufRead as _, BufReader, Write as _},
        process::{Child, ChildStdin, Command, Stdio},
    };

    use super::super::{Key, Keystore, KeystoreError};

    /// A session of its own with GNOME's real keyring in it, unlocked by a password that it was
    /// made with. It ends with its input.
    struct Session {
        home: tempfile::TempDir,
        bus: String,
        shell: Child,
        input: Option<ChildStdin>,
    }

    impl Session {
        fn start() -> Option<Self> {
            let path = std::env::var_os("PATH").unwrap_or_default();
            for program in ["dbus-run-session", "gnome-keyring-daemon", "secret-tool"] {
                if !std::env::split_paths(&path).any(|folder| folder.join(program).is_file()) {
                    eprintln!("SKIPPED: {program} is not installed");
                    return None;
                }
            }
            let home = tempfile::tempdir().unwrap();
            fs::create_dir(home.path().join("run")).unwrap();
            let script = "printf synthetic | gnome-keyring-daemon --unlock --components=secrets \
                          --control-directory=\"$HOME/run\" >&2 && echo \"$DBUS_SESSION_BUS_ADDRESS\" \
                          && read -r _";
            let mut shell = Command::new("dbus-run-session")
                .args(["--", "sh", "-c", script])
                .env_clear()
                .env("PATH", path)
                .env("HOME", home.path())
                .env("XDG_RUNTIME_DIR", home.path().join("run"))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let input = shell.stdin.take();
            let mut bus = String::new();
            BufReader::new(shell.stdout.take().unwrap()).read_line(&mut bus).unwrap();
            let bus = bus.trim().to_owned();
            assert!(bus.starts_with("unix:"), "the session did not start: {bus:?}");
            Some(Self { home, bus, shell, input })
        }

        fn env(&self) -> impl Fn(&str) -> Option<OsString> {
            let (home, bus) = (self.home.path().to_owned(), self.bus.clone());
            move |name| match name {
                "HOME" => Some(home.clone().into()),
                "XDG_RUNTIME_DIR" => Some(home.join("run").into()),
                "DBUS_SESSION_BUS_ADDRESS" => Some(bus.clone().into()),
                "PATH" => std::env::var_os("PATH"),
                _ => None,
            }
        }
    }

    impl Drop for Session {
        fn drop(&mut self) {
            drop(self.input.take());
            let _ = self.shell.wait();
        }
    }

    fn bytes(from: u8) -> [u8; 32] {
        std::array::from_fn(|at| from.wrapping_add(u8::try_from(at).unwrap() * 7))
    }

    #[test]
    fn a_key_is_kept_found_replaced_and_deleted() {
        let Some(session) = Session::start() else { return };
        let store = Keystore::open(&session.env()).unwrap();
        let load = |name| store.load(name).unwrap().map(|key| *key.bytes());
        assert_eq!(load("vault"), None);

        store.store("vault", &Key::new(bytes(1))).unwrap();
        store.store("other", &Key::new(bytes(2))).unwrap();
        assert_eq!((load("vault"), load("other")), (Some(bytes(1)), Some(bytes(2))));
        store.store("vault", &Key::new(bytes(3))).unwrap();
        assert_eq!(load("vault"), Some(bytes(3)));

        store.delete("vault").unwrap();
        store.delete("vault").unwrap();
        assert_eq!((load("vault"), load("other")), (None, Some(bytes(2))));
    }

    #[test]
    fn the_keyring_keeps_no_key_in_clear() {
        let Some(session) = Session::start() else { return };
        let store = Keystore::open(&session.env()).unwrap();

        store.store("vault", &Key::new(bytes(1))).unwrap();

        let digits = bytes(1).map(|byte| format!("{byte:02x}")).concat();
        let folder = session.home.path().join(".local/share/keyrings");
        let mut seen = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let content = fs::read(entry.unwrap().path()).unwrap();
            assert!(!content.windows(digits.len()).any(|at| at == digits.as_bytes()));
            seen += content.len();
        }
        assert!(seen > 0, "nothing was kept at all");
    }

    #[test]
    fn what_is_no_key_is_told() {
        let Some(session) = Session::start() else { return };
        let store = Keystore::open(&session.env()).unwrap();
        let mut tool = Command::new("secret-tool");
        tool.args(["store", "--label=x", "application", "dev.vigil", "service", "vault"]);
        tool.env("DBUS_SESSION_BUS_ADDRESS", &session.bus).stdin(Stdio::piped());
        let mut tool = tool.spawn().unwrap();
        tool.stdin.take().unwrap().write_all(b"something else").unwrap();
        assert!(tool.wait().unwrap().success());

        assert!(matches!(store.load("vault"), Err(KeystoreError::NotAKey)));
    }

    #[test]
    fn without_a_session_there_is_none() {
        let env = |name: &str| (name == "PATH").then(|| std::env::var_os("PATH")).flatten();

        let opened = Keystore::open(&env);

        assert!(matches!(opened, Err(KeystoreError::Unavailable(why)) if why.contains("bus")));
    }

    #[test]
    fn a_session_without_a_keyring_is_none_either() {
        let env = |name: &str| match name {
            "DBUS_SESSION_BUS_ADDRESS" => Some(OsString::from("unix:path=/nonexistent/bus")),
            "PATH" => std::env::var_os("PATH"),
            _ => None,
        };
        let Ok(store) = Keystore::open(&env) else {
            eprintln!("SKIPPED: secret-tool is not installed");
            return;
        };

        assert!(matches!(store.load("vault"), Err(KeystoreError::Unavailable(_))));
        let stored = store.store("vault", &Key::new(bytes(1)));
        assert!(matches!(stored, Err(KeystoreError::Unavailable(_))));
        assert!(matches!(store.delete("vault"), Err(KeystoreError::Unavailable(_))));
    }
}
