//! Machines where something is in the way: each is told in words with what mends it, and nothing is
//! broken.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use vigil_tests::vigil::binary;

use super::{ALL_DONE, HOST, Report, World, ended, words};

fn configure(world: &World, text: &str) {
    let folder = world.home.vigil().join("config");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(folder.join("config.toml"), text).unwrap();
}

/// `path` where nothing can be written, for one command alone.
fn read_only(world: &World, path: &Path, arguments: &[&str]) -> Command {
    let script =
        "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && shift && exec \"$@\"";
    let mut command = world.home.clean("unshare".into(), &["--mount", "sh", "-c", script, "sh"]);
    command.arg(path).arg(binary("vigil")).arg("setup").args(arguments).stdin(Stdio::null());
    command
}

/// Whether mounts of one's own are possible here.
fn has_mounts(world: &World) -> bool {
    let mut probe = world.home.clean("unshare".into(), &["--mount", "true"]);
    let works = probe.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if !works {
        eprintln!("SKIPPED: this user cannot make mounts of its own");
        assert!(std::env::var_os("CI").is_none(), "CI must run this");
    }
    works
}

#[test]
fn ports_that_somebody_holds_are_told_with_who_and_what_to_set() {
    let world = World::new();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    configure(&world, &format!("[proxy]\nport = {port}\n"));

    let report = world.report(&["--yes", "--no-service"]);

    let words = report.words("service");
    assert_eq!((report.state("service"), report.code), ("left", Some(3)), "{words}");
    let own = format!("process {}", std::process::id());
    for expected in [port.to_string().as_str(), "proxy.port", &own] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
}

#[test]
fn the_ports_of_another_users_agent_are_told_as_another_users() {
    let world = World::new();
    // Whoever may be another user here; a listener of theirs stands for their agent.
    let script = "import socket,sys; s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen(); \
                  print(s.getsockname()[1], flush=True); sys.stdin.read()";
    let mut other = world.home.clean("setpriv".into(), &["--reuid", "65534", "--clear-groups"]);
    other.args(["python3", "-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut other) = other.stderr(Stdio::null()).spawn() else {
        eprintln!("SKIPPED: setpriv is not installed");
        return;
    };
    let mut line = String::new();
    let said = other.stdout.take().unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(said), &mut line).unwrap();
    let Ok(port) = line.trim().parse::<u16>() else {
        eprintln!("SKIPPED: nobody can be another user here, or there is no python3");
        let _ = other.wait();
        return;
    };
    configure(&world, &format!("[dashboard]\nport = {port}\n"));

    let report = world.report(&["--yes", "--no-service"]);

    let words = report.words("service");
    drop(other.stdin.take());
    other.wait().unwrap();
    assert_eq!(report.code, Some(3), "{words}");
    for expected in [port.to_string().as_str(), "another user's", "uid 65534", "dashboard.port"] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
}

#[test]
fn a_home_where_nothing_can_be_written_is_told_and_left_as_it_is() {
    let world = World::new();
    if !has_mounts(&world) {
        return;
    }
    fs::create_dir_all(world.home.vigil()).unwrap();
    let before = world.tree();

    let output = read_only(&world, world.home.root(), &["--yes"]).output().unwrap();

    let said = words(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Read-only file system"), "{said}");
    assert!(said.contains("permissions"), "{said}");
    before.is_still(&world.home.user());
}

#[test]
fn a_clients_folder_where_nothing_can_be_written_keeps_no_other_client_from_being_led() {
    let world = World::new();
    if !has_mounts(&world) {
        return;
    }
    let vigil = world.start();
    let before = fs::read(world.settings()).unwrap();
    let folder = world.home.user().join(".claude");

    let output = read_only(&world, &folder, &["--yes", "--json"]).output().unwrap();

    let report = Report::read(&output);
    assert_eq!((report.state("route"), report.code), ("failed", Some(1)), "{}", report.document);
    let words = report.words("route");
    assert!(words.contains("claude-code") && words.contains("Read-only file system"), "{words}");
    assert_eq!(fs::read(world.settings()).unwrap(), before);
    let codex = fs::read_to_string(world.home.user().join(".codex/.env")).unwrap();
    assert!(codex.contains(vigil.field("proxy")), "{codex}");
    // Mended, it is carried on.
    let again = world.report(&["--yes"]);
    assert_eq!((again.states(), again.code), (ALL_DONE.to_vec(), Some(0)), "{}", again.document);
}

#[test]
fn settings_that_are_made_read_only_are_left_alone() {
    let world = World::new();
    let _vigil = world.start();
    let before = fs::read(world.settings()).unwrap();
    fs::set_permissions(world.settings(), fs::Permissions::from_mode(0o444)).unwrap();

    let report = world.report(&["--yes"]);

    let words = report.words("route");
    assert_eq!((report.state("route"), report.code), ("failed", Some(1)), "{words}");
    assert!(words.contains("read-only") && words.contains("chmod u+w"), "{words}");
    assert_eq!(fs::read(world.settings()).unwrap(), before);
    fs::set_permissions(world.settings(), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(world.report(&["--yes"]).code, Some(0));
}

#[test]
fn a_proxy_of_the_company_that_the_agent_would_go_past_keeps_clients_from_being_led() {
    let world = World::new();
    let _vigil = world.start();
    let before = fs::read(world.settings()).unwrap();
    let word = ["hush", "-hush"].concat();
    let behind = format!("http://me:{word}@proxy.example:3128");

    let mut command = world.command(&["--yes", "--json"]);
    let output = command.env("HTTPS_PROXY", &behind).output().unwrap();

    let report = Report::read(&output);
    let said = report.words("route");
    assert_eq!((report.state("route"), report.code), ("left", Some(0)), "{said}");
    for expected in ["proxy.example:3128", "proxy.upstream", "config.toml"] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!words(&output).contains(&word), "what leads through it was repeated");
    assert_eq!(fs::read(world.settings()).unwrap(), before);
    // Once that is settled, they are led.
    configure(&world, "[proxy]\nupstream = \"none\"\n");
    let mut command = world.command(&["--yes", "--json"]);
    let report = Report::read(&command.env("HTTPS_PROXY", &behind).output().unwrap());
    assert_eq!((report.states(), report.code), (ALL_DONE.to_vec(), Some(0)), "{}", report.document);
}

#[test]
fn a_proxy_that_the_desktop_has_already_is_told_and_stays() {
    let world = World::new();
    let _vigil = world.start();
    let stand_in = desktop(&world);

    let mut command = world.command(&["--yes", "--json"]);
    command.env("PATH", stand_in).env("GSETTINGS_BACKEND", "keyfile");
    let report = Report::read(&command.output().unwrap());

    let said = report.words("route");
    assert_eq!((report.state("route"), report.code), ("done", Some(0)), "{said}");
    assert!(said.contains("proxy.example") && said.contains("left as it is"), "{said}");
}

/// A desktop's program for settings that has a proxy, in front of everything else; it changes nothing.
fn desktop(world: &World) -> std::ffi::OsString {
    let folder = world.home.root().join("bin");
    fs::create_dir_all(&folder).unwrap();
    let program: PathBuf = folder.join("gsettings");
    let rows = "org.gnome.system.proxy mode 'MODE'\n\
                org.gnome.system.proxy autoconfig-url ''\n\
                org.gnome.system.proxy.http host 'HOST'\n\
                org.gnome.system.proxy.http port 3128\n\
                org.gnome.system.proxy.https host 'HOST'\n\
                org.gnome.system.proxy.https port 3128\n";
    let none = rows.replace("MODE", "none").replace("HOST", "").replace("3128", "0");
    let set = rows.replace("MODE", "manual").replace("HOST", "proxy.example");
    let script = format!(
        "#!/bin/sh\nif [ \"$GSETTINGS_BACKEND\" = memory ]; then cat <<'EOF'\n{none}EOF\nelse cat \
         <<'EOF'\n{set}EOF\nfi\n"
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut path = folder.into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    path
}

#[test]
fn an_authority_that_has_ended_is_followed_by_another_before_anybody_is_led() {
    let world = World::new();
    assert_eq!(world.report(&["--yes", "--no-service"]).code, Some(3));
    let ca = world.home.vigil().join("ca");
    ended::put(&ca.join("ca.pem"), &ca.join("ca.key"), HOST);
    let _vigil = world.start();

    let shown = world.report(&["--dry-run"]);

    assert_eq!((shown.state("ca"), shown.state("trust")), ("to-do", "waits"), "{}", shown.document);
    assert!(shown.words("ca").contains("it has ended"), "{}", shown.words("ca"));

    let report = world.report(&["--yes"]);

    assert_eq!((report.states(), report.code), (ALL_DONE.to_vec(), Some(0)), "{}", report.document);
    assert_eq!(world.home.json(&["ca", "--json"])["signs"], true);
}

#[test]
fn the_trust_of_the_whole_machine_without_a_daemon_is_told_and_keeps_nothing_from_being_done() {
    let world = World::new();
    // Nobody listens there.
    let nowhere = world.home.root().join("no.socket").display().to_string();
    let upstreams = world.model.upstreams(world.home.root());
    let arguments = ["--test-upstreams", upstreams.as_str(), "--test-daemon", nowhere.as_str()];
    let _vigil = vigil_tests::vigil::Running::start(&world.home, &arguments);

    let report = world.report(&["--yes", "--system-trust"]);

    let said = report.words("trust");
    assert_eq!((report.state("trust"), report.code), ("left", Some(0)), "{said}");
    assert!(said.contains("daemon") && said.contains("--system-trust"), "{said}");
    assert_eq!(report.state("route"), "done");
}

#[test]
fn with_the_proxy_switched_off_nobody_is_led_and_the_rest_is_done() {
    let world = World::new();
    configure(&world, "[proxy]\nenabled = false\n");
    let _vigil = world.start();
    let before = fs::read(world.settings()).unwrap();

    let report = world.report(&["--yes"]);

    assert_eq!(report.code, Some(0), "{}", report.document);
    for step in ["ca", "trust", "route"] {
        assert_eq!(report.state(step), "left", "{}", report.words(step));
        assert!(report.words(step).contains("proxy.enabled"), "{}", report.words(step));
    }
    assert_eq!((report.state("browser"), report.state("dashboard")), ("done", "done"));
    assert_eq!(fs::read(world.settings()).unwrap(), before);
}

#[test]
fn set_up_by_sudo_is_refused_before_anything_is_done_for_root() {
    let world = World::new();
    let mut command = world.command(&["--yes"]);

    let output = command.env("SUDO_UID", "1000").output().unwrap();

    if vigil_platform::process::uid() != 0 {
        eprintln!("SKIPPED: only root could be taken for somebody with sudo");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains("without sudo"), "{}", words(&output));
    assert!(!world.home.vigil().exists(), "something was made");
}
