//! Programs that run other programs.

use super::{
    expand::Arg,
    flow::Flow,
    inline::Language,
    options::{Does, Opt, Style, Words},
    run::{Call, Run},
};

/// A program that runs another.
pub(super) struct Wrap {
    names: &'static str,
    options: &'static [Opt],
    /// Operands before the command.
    skip: usize,
    how: How,
    place: &'static str,
}

/// What the rest of its words is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// The command's words.
    Words,
    /// The command's words, variables before them.
    Settings,
    /// Parts of a text that a shell reads.
    Text,
    /// Texts, each of which a shell reads.
    Texts,
    /// Nothing that runs: only options have commands.
    Nothing,
}

const fn wrap(names: &'static str, options: &'static [Opt], skip: usize, how: How) -> Wrap {
    Wrap { names, options, skip, how, place: "" }
}

const fn val(names: &'static str) -> Opt {
    Opt::value(names)
}

const TEXT: Opt = Opt::with("-c --command", Does::Commands);

const ALL: &[Wrap] = &[
    Wrap {
        names: "sudo doas gsudo run0 pkexec please dzdo",
        options: &[val(
            "-u --user -g --group -h --host -p --prompt -C --close-from -D --chdir -R --chroot -r --role -t --type -T -U --other-user -a -c",
        )],
        skip: 0,
        how: How::Settings,
        place: "sudo",
    },
    wrap(
        "env",
        &[val("-u --unset -C --chdir -a --argv0"), Opt::with("-S --split-string", Does::Commands)],
        0,
        How::Settings,
    ),
    wrap("timeout gtimeout", &[val("-s --signal -k --kill-after")], 1, How::Words),
    wrap("nice", &[val("-n --adjustment")], 0, How::Words),
    wrap("ionice", &[val("-c --class -n --classdata -p --pid")], 0, How::Words),
    wrap(
        "nohup setsid exec builtin fakeroot caffeinate torsocks torify tsocks proxychains proxychains4 unbuffer winpty dbus-run-session rlwrap catchsegv linux32 linux64 chronic eatmydata nocache tini dumb-init catatonit spawn with-contenv",
        &[val("-f -a")],
        0,
        How::Words,
    ),
    wrap("time gtime", &[val("-f --format -o --output")], 0, How::Words),
    wrap("stdbuf", &[val("-i --input -o --output -e --error")], 0, How::Words),
    wrap(
        "unshare nsenter",
        &[val(
            "-S --setuid -G --setgid -R --root -w --wd -t --target --propagation --map-user --map-group",
        )],
        0,
        How::Words,
    ),
    Wrap {
        names: "chroot arch-chroot proot systemd-nspawn",
        options: &[val("--userspec --groups -r -b -w -D -M -0")],
        skip: 1,
        how: How::Words,
        place: "container",
    },
    wrap("watch", &[val("-n --interval -q --equexit")], 0, How::Text),
    wrap(
        "script",
        &[TEXT, val("-E --echo -I -O -B -T --log-in --log-out --log-io -o -m")],
        1,
        How::Words,
    ),
    wrap(
        "su",
        &[
            TEXT,
            Opt::with("--session-command", Does::Commands),
            val("-g --group -G --supp-group -s --shell -w --whitelist-environment"),
        ],
        1,
        How::Nothing,
    ),
    wrap("flock", &[TEXT, val("-w --timeout -E --conflict-exit-code")], 1, How::Words),
    wrap("taskset", &[val("-p")], 1, How::Words),
    wrap(
        "numactl chpst softlimit setpriv capsh",
        &[val("-N -m -C -i -u -U -e --reuid --regid --groups")],
        0,
        How::Words,
    ),
    wrap("strace ltrace", &[val("-e -o -p -s -u -a -E -P -S -O -b")], 0, How::Words),
    wrap("valgrind gdb lldb", &[val("-ex -x")], 0, How::Words),
    wrap(
        "perf",
        &[val("-e --event -o --output -F --freq -p -C --cpu -G -I -r --repeat")],
        1,
        How::Words,
    ),
    wrap(
        "setarch faketime gosu su-exec s6-setuidgid setuidgid envdir chrt",
        &[val("-f --filter")],
        1,
        How::Words,
    ),
    wrap(
        "prlimit ssh-agent choom runcon cpulimit",
        &[val("-a -t -E -P -p --pid -n -u -r -l --limit")],
        0,
        How::Words,
    ),
    wrap("sg", &[TEXT], 1, How::Text),
    wrap("sshpass", &[val("-p -f -d -P")], 0, How::Words),
    wrap("arch", &[val("-e -d")], 0, How::Words),
    wrap(
        "systemd-run",
        &[val(
            "-u --unit -p --property --uid --gid --slice -E --setenv -H -M --working-directory --description",
        )],
        0,
        How::Words,
    ),
    wrap(
        "firejail bwrap sandbox-exec",
        &[val(
            "--bind --ro-bind --dev-bind --dev --proc --tmpfs --symlink --setenv --chdir --profile -f -p -n",
        )],
        0,
        How::Words,
    ),
    wrap(
        "xvfb-run",
        &[val(
            "-e --error-file -f --auth-file -n --server-num -p --xauth-protocol -s --server-args -w --wait",
        )],
        0,
        How::Words,
    ),
    wrap("direnv", &[], 2, How::Words),
    wrap(
        "op doppler infisical chamber aws-vault teller dotenvx",
        &[val("-p --project -c --config -f --env-file --environment")],
        1,
        How::Words,
    ),
    wrap("dotenv env-cmd cross-env cross-env-shell", &[val("-e -f -c -p")], 0, How::Settings),
    wrap(
        "hyperfine concurrently npm-run-all run-p run-s",
        &[val(
            "-n --names -w --warmup -r --runs -c --prefix-colors -k --export-json --prepare --cleanup -m -s",
        )],
        0,
        How::Texts,
    ),
    wrap(
        "nodemon",
        &[Opt::with("-x --exec", Does::Commands), val("-w --watch -e --ext -i --ignore")],
        0,
        How::Nothing,
    ),
    wrap("entr", &[val("-s")], 0, How::Words),
    wrap(
        "watchexec chokidar",
        &[val("-w --watch -e --exts -i --ignore"), Opt::with("-c --command", Does::Commands)],
        0,
        How::Words,
    ),
    Wrap {
        names: "ssh autossh mosh et",
        options: &[val("-b -B -c -D -E -e -F -I -i -J -L -l -m -O -o -p -P -Q -R -S -W -w")],
        skip: 1,
        how: How::Text,
        place: "remote",
    },
    wrap(
        "wsl",
        &[val("-d --distribution -u --user --cd"), Opt::is("-e --exec", Does::Nothing)],
        0,
        How::Words,
    ),
    wrap("screen", &[val("-S -t -c -e -h -p -s -T -r -x")], 0, How::Words),
    wrap("start", &[], 0, How::Words),
    wrap("nvm fnm nodenv rbenv pyenv asdf-exec", &[val("--using")], 1, How::Words),
    wrap("rvm chruby-exec", &[], 1, How::Words),
    wrap("busybox toybox", &[], 0, How::Words),
    wrap(
        "git",
        &[val("-C -c --git-dir --work-tree --namespace"), Opt::with("-x --exec", Does::Commands)],
        0,
        How::Nothing,
    ),
    wrap("runuser", &[TEXT, val("-u --user -g --group -G -s --shell")], 0, How::Words),
    wrap("rustup", &[], 2, How::Words),
    Wrap { names: "vagrant", options: &[TEXT], skip: 2, how: How::Nothing, place: "remote" },
    Wrap {
        names: "gcloud",
        options: &[Opt::with("--command", Does::Commands), val("--zone --project")],
        skip: 3,
        how: How::Nothing,
        place: "remote",
    },
    Wrap {
        names: "fly flyctl",
        options: &[Opt::with("-C --command", Does::Commands), val("-a --app")],
        skip: 2,
        how: How::Nothing,
        place: "remote",
    },
    Wrap { names: "heroku", options: &[val("-a --app")], skip: 1, how: How::Text, place: "remote" },
    Wrap {
        names: "multipass limactl adb",
        options: &[val("-s")],
        skip: 2,
        how: How::Words,
        place: "remote",
    },
    Wrap { names: "lima", options: &[], skip: 0, how: How::Words, place: "remote" },
    wrap("at batch", &[], 0, How::Nothing),
    wrap("expect", &[TEXT], 0, How::Nothing),
];

/// The program of that name, if it runs others.
pub(super) fn wrapper(name: &str) -> Option<&'static Wrap> {
    ALL.iter().find(|wrap| wrap.names.split(' ').any(|known| known == name))
}

impl Run {
    pub(super) fn wrapped(&mut self, wrap: &Wrap, name: &str, call: Call<'_>) -> Flow {
        let mut place = call.place;
        match wrap.place {
            "sudo" => place.sudo = true,
            "remote" => place.remote = true,
            "container" => place.container = true,
            _ => {}
        }
        let args = call.args.get(1..).unwrap_or_default();
        let mut words = Words::new(args, Style::Usual);
        let mut settings = call.settings.to_vec();
        let mut operands: Vec<&Arg<'_>> = Vec::new();
        let mut flow = Flow::default();
        let mut command: &[Arg<'_>] = &[];
        while let Some(said) = words.next(&[wrap.options]) {
            if said.does == Does::Commands {
                if let Some(text) = said.value {
                    flow = match text.flow.as_deref().filter(|flow| flow.is_fetched()) {
                        Some(fetched) => {
                            self.fetched(fetched, place, &["pipe-to-shell"]);
                            Flow::default()
                        }
                        None => self.script(&text.text, place, call.input),
                    };
                }
                continue;
            }
            let Some(arg) = args.get(said.place).filter(|_| said.option.is_empty()) else {
                continue;
            };
            if let (How::Settings, Some((name, value))) = (wrap.how, arg.text.split_once('='))
                && is_name(name)
            {
                let value = Arg { flow: arg.flow.clone(), ..arg.part(value) };
                self.holds(name, &value, place);
                settings.push((name, value));
                continue;
            }
            if operands.len() < wrap.skip || matches!(wrap.how, How::Nothing | How::Texts) {
                operands.push(arg);
                continue;
            }
            command = args.get(said.place..).unwrap_or_default();
            break;
        }
        // The version that `nvm exec` runs it with.
        while command.first().is_some_and(|arg| arg.text.starts_with(|c: char| c.is_ascii_digit()))
        {
            command = command.get(1..).unwrap_or_default();
        }
        let inner = Call { settings: &settings, place, ..call.with(command) };
        match (wrap.how, name) {
            (_, "git") => self.git(&operands, inner),
            (_, "at" | "batch") => {
                if let Some(input) = call.input.cloned() {
                    self.feed(&input, call, Language::Shell, &["pipe-to-shell"], "stdin");
                }
                Flow::default()
            }
            (How::Words | How::Settings, _) if !command.is_empty() => self.call(inner),
            (How::Text, _) if !command.is_empty() => {
                let text =
                    command.iter().map(|arg| arg.text.as_ref()).collect::<Vec<_>>().join(" ");
                self.script(&text, place, call.input)
            }
            // A shell elsewhere that reads what it is given.
            (How::Text, _) if place.remote => match call.input {
                Some(input) => {
                    let input = input.clone();
                    self.feed(&input, inner, Language::Shell, &["pipe-to-shell"], "stdin")
                }
                None => Flow::default(),
            },
            (How::Texts, _) => {
                for text in operands {
                    self.script(&text.text, place, call.input);
                }
                Flow::default()
            }
            _ => flow,
        }
    }

    /// `git submodule foreach`, `git bisect run`.
    fn git(&mut self, operands: &[&Arg<'_>], call: Call<'_>) -> Flow {
        let said: Vec<&str> = operands.iter().map(|arg| arg.text.as_ref()).collect();
        if let ["submodule", "foreach", rest @ ..] | ["bisect", "run", rest @ ..] = said.as_slice()
        {
            let text = rest.join(" ");
            self.script(&text, call.place, None);
        }
        Flow::default()
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit())
}
