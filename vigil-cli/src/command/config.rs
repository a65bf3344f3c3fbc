//! `vigil config`: writes the file once, shows what is in force and why, says what is wrong.

use serde::Serialize;
use vigil_platform::{paths::Paths, private};
use vigil_proto::config::{TEMPLATE, detect::Detect, layers::Setting};

use super::Outcome;
use crate::{
    args,
    failure::{Exit, Failure},
    settings::{self, Settings},
    terminal::{Console, DIM, plain},
};

/// `vigil.config/1`.
#[derive(Debug, Serialize)]
struct ConfigReport {
    path: String,
    exists: bool,
    settings: Vec<Setting>,
    unread: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detect: Option<Detect>,
}

pub(super) fn run(args: &args::Config, paths: &Paths, console: &mut Console) -> Outcome {
    match args {
        args::Config::Init { force } => init(*force, paths, console),
        args::Config::Show { origin } => show(*origin, paths, console),
        args::Config::Check => check(paths, console),
    }
}

fn init(force: bool, paths: &Paths, console: &mut Console) -> Outcome {
    let path = paths.config_file();
    if path.exists() && !force {
        return Err(Failure::new(
            format!("{} exists already", path.display()),
            "`vigil config init --force` replaces it with the defaults; `vigil config show` shows what it says",
        ));
    }
    if let Some(folder) = path.parent() {
        paths.make(&[folder])?;
    }
    private::write(path, TEMPLATE.as_bytes())?;
    if console.json {
        report(settings::read(paths)?, paths, console)?;
    } else {
        console.say(format_args!(
            "Wrote {}. `vigil config check` checks it after you changed it.",
            path.display()
        ));
    }
    Ok(Exit::Ok)
}

fn show(origin: bool, paths: &Paths, console: &mut Console) -> Outcome {
    let settings = settings::read(paths)?;
    warn_of_unread(&settings, console);
    if console.json {
        report(settings, paths, console)?;
    } else if origin {
        with_origins(&settings.layered.settings, paths, console)?;
    } else {
        as_toml(&settings.layered.settings, console)?;
        let detect = settings.layered.config.detect.to_toml();
        if !detect.is_empty() {
            console.line(format_args!("\n{}", plain_lines(&detect)))?;
        }
    }
    Ok(Exit::Ok)
}

fn check(paths: &Paths, console: &mut Console) -> Outcome {
    let settings = settings::read(paths)?;
    warn_of_unread(&settings, console);
    let path = paths.config_file().display();
    if console.json {
        report(settings, paths, console)?;
    } else if settings.file_exists {
        console.say(format_args!("{path} is in order."));
    } else {
        console.say(format_args!(
            "There is no {path}; every value is its default. `vigil config init` writes the file."
        ));
    }
    Ok(Exit::Ok)
}

fn report(settings: Settings, paths: &Paths, console: &mut Console) -> Result<(), Failure> {
    console.document(
        "config",
        ConfigReport {
            path: paths.config_file().display().to_string(),
            exists: settings.file_exists,
            settings: settings.layered.settings,
            unread: settings.layered.unread,
            detect: Some(settings.layered.config.detect).filter(|set| *set != Detect::default()),
        },
    )
}

fn warn_of_unread(settings: &Settings, console: &mut Console) {
    for name in &settings.layered.unread {
        console.warn(format_args!("nothing reads the variable {}", plain(name)));
    }
}

/// Line by line without what would move a terminal's cursor.
fn plain_lines(text: &str) -> String {
    text.trim_end().lines().map(|line| plain(line).to_string()).collect::<Vec<_>>().join("\n")
}

/// As a file that says the same.
fn as_toml(settings: &[Setting], console: &mut Console) -> std::io::Result<()> {
    let mut open = "";
    for setting in settings {
        let Some((section, key)) = setting.key.split_once('.') else { continue };
        if section != open {
            if !open.is_empty() {
                console.line("")?;
            }
            console.line(format_args!("[{section}]"))?;
            open = section;
        }
        console.line(format_args!("{key} = {}", plain(&setting.value.to_string())))?;
    }
    Ok(())
}

fn with_origins(settings: &[Setting], paths: &Paths, console: &mut Console) -> std::io::Result<()> {
    let width = settings.iter().map(|setting| setting.to_toml().len()).max().unwrap_or(0).min(56);
    for setting in settings {
        let origin = match &setting.origin {
            vigil_proto::config::layers::Origin::File { line } => {
                format!("{}:{line}", paths.config_file().display())
            }
            other => other.to_string(),
        };
        console.line(format_args!(
            "{:<width$}  {DIM}# {}{DIM:#}",
            plain(&setting.to_toml()),
            plain(&origin)
        ))?;
    }
    Ok(())
}
