//! A service manager of one user, as small as can be, called as `systemctl --user` is: it does what the
//! units in its home say, makes and takes away the links by which they are started, and writes down
//! how it was called. The ports that it opens are held by what it starts.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it answers as a program does")]

use std::{
    env,
    error::Error,
    fs,
    io::Write as _,
    net::TcpListener,
    os::{
        fd::OwnedFd,
        unix::{fs::symlink, process::CommandExt as _},
    },
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

const SERVICE: &str = "vigil-agent.service";
const SOCKETS: [&str; 2] = ["vigil-agent-proxy.socket", "vigil-agent-dashboard.socket"];

/// How long what is ended may take. It bounds hanging, it measures nothing.
const PATIENCE: Duration = Duration::from_mins(1);

/// Becomes the program with its standard input and output as descriptors 3 and 4, and its own number
/// as the one that they are meant for.
const BECOME: &str = r#"exec 3<&0 4<&1 0</dev/null 1>&2
LISTEN_FDS=2 LISTEN_FDNAMES=proxy:dashboard LISTEN_PID=$$ exec "$0" up --telemetry-port 0 --test-agents-of $$"#;

struct Manager {
    units: PathBuf,
    /// Where it keeps what it knows.
    own: PathBuf,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let home = PathBuf::from(env::var_os("HOME").ok_or("no HOME")?);
    let own = home.with_extension("services");
    let manager = Manager { units: home.join(".config/systemd/user"), own };
    fs::create_dir_all(&manager.own)?;
    let words: Vec<String> =
        env::args().skip(1).filter(|word| word != "--no-ask-password").collect();
    let mut log =
        fs::OpenOptions::new().create(true).append(true).open(manager.own.join("calls"))?;
    writeln!(log, "{}", words.join(" "))?;
    if manager.own.join("broken").exists() {
        return Err("Failed to connect to bus: No medium found".into());
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--user", "show-environment"] => println!("LANG=C\nHOME={}", home.display()),
        ["--user", "daemon-reload"] | ["--user", "reset-failed", ..] => {}
        ["--user", "enable", "--now", units @ ..] => {
            units.iter().try_for_each(|unit| manager.enable(unit))?;
            if units.contains(&SERVICE) {
                manager.start()?;
            }
        }
        ["--user", "disable", "--now", units @ ..] => {
            units.iter().try_for_each(|unit| manager.disable(unit))?;
            manager.stop()?;
        }
        ["--user", "stop", ..] => manager.stop()?,
        ["--user", "show", _, units @ ..] => {
            for unit in units {
                println!("{}", manager.show(unit));
            }
        }
        _ => return Err(format!("Unknown command: {}", words.join(" ")).into()),
    }
    Ok(())
}

impl Manager {
    fn link(&self, unit: &str) -> PathBuf {
        let target = if unit.ends_with(".socket") { "sockets" } else { "default" };
        self.units.join(format!("{target}.target.wants")).join(unit)
    }

    fn enable(&self, unit: &str) -> Result<(), Box<dyn Error>> {
        let (file, link) = (self.units.join(unit), self.link(unit));
        if !file.exists() {
            return Err(format!("Unit file {unit} does not exist.").into());
        }
        fs::create_dir_all(link.parent().ok_or("no folder")?)?;
        if fs::symlink_metadata(&link).is_err() {
            symlink(&file, &link)?;
        }
        Ok(())
    }

    fn disable(&self, unit: &str) -> Result<(), Box<dyn Error>> {
        let link = self.link(unit);
        if fs::symlink_metadata(&link).is_ok() {
            fs::remove_file(&link)?;
            // The last one takes its folder with it.
            let _ = fs::remove_dir(link.parent().ok_or("no folder")?);
        }
        Ok(())
    }

    /// What stands after a key in a unit.
    fn values(&self, unit: &str, key: &str) -> Result<Vec<String>, Box<dyn Error>> {
        let text = fs::read_to_string(self.units.join(unit))?;
        let values = text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        Ok(values.map(str::to_owned).collect())
    }

    fn start(&self) -> Result<(), Box<dyn Error>> {
        if self.pid().is_some() {
            return Ok(());
        }
        let mut held = Vec::new();
        for unit in SOCKETS {
            let place = self.values(unit, "ListenStream")?.pop().ok_or("no ListenStream")?;
            held.push(OwnedFd::from(TcpListener::bind(place.as_str())?));
        }
        let (Some(dashboard), Some(proxy)) = (held.pop(), held.pop()) else {
            return Err("two sockets".into());
        };
        let started = self.values(SERVICE, "ExecStart")?.pop().ok_or("no ExecStart")?;
        let program = started.strip_suffix(" up").ok_or("it is not `up`")?.trim_matches('"');
        let mut command = Command::new("sh");
        command.args(["-c", BECOME, &program.replace("%%", "%")]);
        for variable in self.values(SERVICE, "Environment")? {
            let variable = variable.trim_matches('"').replace("%%", "%");
            let (name, value) = variable.split_once('=').ok_or("no variable")?;
            command.env(name, value);
        }
        let errors = fs::File::create(self.own.join("errors"))?;
        command.stdin(Stdio::from(proxy)).stdout(Stdio::from(dashboard)).stderr(errors);
        // It outlives us, and what ends us.
        let child = command.process_group(0).spawn()?;
        fs::write(self.own.join("pid"), child.id().to_string())?;
        Ok(())
    }

    fn stop(&self) -> Result<(), Box<dyn Error>> {
        let Some(pid) = self.pid() else { return Ok(()) };
        Command::new("kill").arg(pid.to_string()).status()?;
        let asked = Instant::now();
        while self.pid().is_some() {
            if asked.elapsed() > PATIENCE {
                return Err(format!("{pid} does not end").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// What runs of the service.
    fn pid(&self) -> Option<u32> {
        let pid: u32 = fs::read_to_string(self.own.join("pid")).ok()?.parse().ok()?;
        let stat =
            fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
        // One that has ended is nobody's, but for who has to fetch it.
        let state = stat.rsplit_once(") ")?.1.chars().next()?;
        (!matches!(state, 'Z' | 'X')).then_some(pid)
    }

    fn show(&self, unit: &str) -> String {
        let pid = self.pid();
        let state = if pid.is_some() { "active" } else { "inactive" };
        let enabled =
            if fs::symlink_metadata(self.link(unit)).is_ok() { "enabled" } else { "disabled" };
        let pid = match pid {
            Some(pid) if unit == SERVICE => format!("MainPID={pid}\nNRestarts=0\nResult=success\n"),
            _ => String::new(),
        };
        format!("{pid}Id={unit}\nActiveState={state}\nUnitFileState={enabled}\n")
    }
}
