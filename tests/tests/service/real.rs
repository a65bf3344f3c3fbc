//! systemd itself as the service manager, begun for a user in namespaces of its own: with nothing of
//! this machine but its programs, and gone with the test.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use vigil_tests::vigil::{Home, binary};

use crate::world::words;

const SYSTEMD: &str = "/lib/systemd/systemd";

/// Begins the user's systemd as the first program of its namespaces does: with groups of processes, a
/// folder that says the system was begun by systemd, and loopback. Ends with its last line.
const BEGIN: &str = r#"
set -u
command -v curl >/dev/null || { echo "SKIP: there is no curl here"; exit 0; }
mount --make-rprivate /
umount /sys/fs/cgroup/* /sys/fs/cgroup 2>/dev/null
mount -t cgroup2 none /sys/fs/cgroup || { echo "SKIP: no groups of processes (cgroup2)"; exit 0; }
mount -t tmpfs none /run
mkdir -p /run/systemd/system
ip link set lo up || { echo "SKIP: no loopback"; exit 0; }
/lib/systemd/systemd --user >"$HOME/../systemd.log" 2>&1 &
until_true() {
    for _ in $(seq 600); do "$@" && return 0; sleep 0.1; done
    echo "never: $*"; exit 9
}
answers() { systemctl --user show-environment >/dev/null 2>&1; }
for _ in $(seq 100); do answers && break; sleep 0.1; done
answers || { echo "SKIP: systemd does not begin here"; exit 0; }
field() { vigil service status --json | sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"; }
runs() { [ "$(field state)" = running ] && [ "$(field pid)" != "$last" ]; }
stays() { [ "$(field state)" = "$1" ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }
done_or_told() { vigil "$@" --json >"$HOME/../said" 2>&1 || { cat "$HOME/../said"; exit 9; }; }
last=none
"#;

/// Runs a script there, as `vigil` with a home of its own; what it printed, or nothing where it cannot
/// be, which is said.
fn scripted(home: &Home, script: &str) -> Option<String> {
    let skipped = |why: &str| {
        eprintln!("SKIPPED: {why}");
        None
    };
    if vigil_platform::process::uid() != 0 {
        return skipped("only root begins a service manager in namespaces of its own");
    }
    if !Path::new(SYSTEMD).exists() {
        return skipped("there is no systemd here; install `systemd`");
    }
    let run = home.root().join("run");
    fs::create_dir(&run).unwrap();
    fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
    let folder = binary("vigil").parent().unwrap().to_owned();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("unshare")
        .args(["-m", "-C", "-n", "-p", "--fork", "--kill-child", "--mount-proc", "sh", "-c"])
        .arg(format!("{BEGIN}{script}"))
        .env_clear()
        .env("HOME", home.user())
        .env("XDG_RUNTIME_DIR", &run)
        .env("PATH", format!("{}:{path}", folder.display()))
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => return skipped(&format!("`unshare` cannot be run ({error})")),
    };
    let text = words(&output);
    if let Some((_, why)) = text.split_once("SKIP: ") {
        return skipped(why.trim());
    }
    let log = fs::read_to_string(home.root().join("systemd.log")).unwrap_or_default();
    assert!(output.status.success(), "{}: {text}\n{log}", output.status);
    Some(text)
}

#[test]
fn systemd_starts_it_holds_its_ports_and_forgets_it() {
    let home = Home::default();
    fs::remove_dir_all(home.user()).unwrap();
    fs::create_dir(home.user()).unwrap();

    let script = r#"
set -e
done_or_told service install --yes
runs; stays running
first=$(field pid)
echo "at log-in: $(systemctl --user is-enabled vigil-agent.service vigil-agent-proxy.socket | tr '\n' ' ')"

# Killed, it begins again by itself.
last=$first
kill -9 "$first"
until_true runs
echo "restarts: $(field restarts)"

# Ended in order, it begins with the next connection, which is answered.
last=$(field pid)
kill "$last"
until_true gone "$last"
until_true stays waiting
answer=$(curl -s -o /dev/null -w '%{http_code}' --max-time 60 http://127.0.0.1:9081/api/v1/status)
until_true runs
echo "answer: $answer"

# Down is down: whoever connects is refused, and starts nothing.
vigil down 2>/dev/null
stays stopped || echo "not stopped: $(field state)"
curl -s -o /dev/null --max-time 10 http://127.0.0.1:9081/ && echo "answered" || echo "refused: $?"
done_or_told service install --yes
stays running

done_or_told uninstall --yes --purge-data
systemctl --user list-unit-files 'vigil-agent*' --no-legend || true
systemctl --user list-units --all 'vigil-agent*' --no-legend || true
echo "left: $(find "$HOME" -mindepth 1 | tr '\n' ' ')"
"#;
    let Some(told) = scripted(&home, script) else { return };

    assert!(told.contains("at log-in: enabled enabled \n"), "{told}");
    assert!(told.contains("restarts: 1\n"), "{told}");
    assert!(told.contains("answer: 401\n"), "{told}");
    assert!(told.contains("refused: 7\n") && !told.contains("not stopped"), "{told}");
    assert!(told.ends_with("left: \n"), "{told}");
}

#[test]
fn one_that_cannot_begin_is_given_up_and_mended() {
    let home = Home::default();

    let script = r#"
set -e
done_or_told service install --yes
last=$(field pid)
mkdir -p "$HOME/.config/vigil"
echo 'proxy = 3' >"$HOME/.config/vigil/config.toml"
kill -9 "$last"
until_true stays failed
# Whoever connects has it tried a few times, and is refused then: not for ever.
curl -s -o /dev/null --max-time 60 http://127.0.0.1:9081/ && echo "answered" || echo "no answer"
until_true stays failed
vigil service install --yes --json >/dev/null && echo "no failure" || echo "told: $?"
echo "ports: $(field proxy) $(field dashboard)"
rm "$HOME/.config/vigil/config.toml"
done_or_told service install --yes
echo "again: $(field state) $(field proxy) $(field dashboard)"
done_or_told service uninstall
"#;
    let Some(told) = scripted(&home, script) else { return };

    assert!(told.contains("no answer\n"), "{told}");
    assert!(told.contains("told: 64\n") || told.contains("told: 1\n"), "{told}");
    assert!(told.contains("again: running 9080 9081\n"), "{told}");
}
