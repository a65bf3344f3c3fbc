//! Programs that run text: shells, interpreters, and what gives them their words.

use super::{
    expand::Arg,
    flow::Flow,
    options::{Does, Opt, Style, Words},
    run::{Call, Place, Run},
};

mod code;
mod each;
mod windows;

pub(super) use self::windows::is_power;

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// A shell's.
    Shell,
    /// PowerShell's.
    Power,
    /// Another program's: looked through for calls of programs.
    Code,
}

const SHELL: &[Opt] = &[
    Opt::is("-c", Does::Instead),
    Opt::with("--command", Does::Commands),
    Opt::value("-o -O +o +O --rcfile --init-file"),
    Opt::is("-s", Does::Needed),
    Opt::is("-l -i -e -u -x -v -n -r -p -f -b -h -k -m -t -B -C -E -H -P -T", Does::Nothing),
];
const PYTHON: &[Opt] = &[
    Opt::with("-c", Does::Commands),
    Opt::with("-m", Does::Package),
    Opt::value("-W -X --check-hash-based-pycs"),
];
const NODE: &[Opt] = &[
    Opt::with("-e --eval -p --print -pe", Does::Commands),
    Opt::value(
        "-r --require --import --loader --experimental-loader --env-file -C --conditions --input-type --title",
    ),
];
const PERL: &[Opt] = &[Opt::with("-e -E -ne -pe", Does::Commands), Opt::value("-I")];
const RUBY: &[Opt] = &[Opt::with("-e", Does::Commands), Opt::value("-I -r -C -E")];
const PHP: &[Opt] = &[Opt::with("-r -R -B", Does::Commands), Opt::value("-d -c -S -t -z")];
const R: &[Opt] = &[Opt::with("-e", Does::Commands), Opt::value("--file -f -g --gui")];
const JULIA: &[Opt] = &[
    Opt::with("-e --eval -E --print", Does::Commands),
    Opt::value("-J -t --threads -p -L --load"),
];

impl Run {
    /// Runs what a shell or interpreter is given; none for other programs.
    pub(super) fn runs_code(&mut self, name: &str, call: Call<'_>) -> Option<Flow> {
        Some(match name {
            "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "fish" | "mksh" | "rbash" | "tcsh"
            | "csh" | "yash" | "git-bash" | "nu" => self.interpreter(call, SHELL, Language::Shell),
            "python" | "py" | "pypy" | "pythonw" | "ipython" => {
                self.interpreter(call, PYTHON, Language::Code)
            }
            "node" | "nodejs" | "tsx" | "ts-node" => self.interpreter(call, NODE, Language::Code),
            "bun" | "deno" if evaluates(call) => {
                self.interpreter(call.from(usize::from(name == "deno")), NODE, Language::Code)
            }
            "deno" | "bun"
                if call.args.iter().skip(1).any(|arg| arg.text == "-") && call.input.is_some() =>
            {
                let flow = call.input.cloned().unwrap_or_default();
                self.feed(&flow, call, Language::Code, &["pipe-to-shell"], "stdin")
            }
            "perl" => self.interpreter(call, PERL, Language::Code),
            "ruby" | "lua" | "luajit" | "osascript" => self.interpreter(call, RUBY, Language::Code),
            "php" => self.interpreter(call, PHP, Language::Code),
            "R" | "Rscript" | "littler" => self.interpreter(call, R, Language::Code),
            "julia" => self.interpreter(call, JULIA, Language::Code),
            _ => return self.windows(name, call),
        })
    }

    fn interpreter(&mut self, call: Call<'_>, table: &'static [Opt], language: Language) -> Flow {
        let args = call.args.get(1..).unwrap_or_default();
        let mut words = Words::new(args, Style::Usual);
        let (mut texts, mut reads, mut given) = (Vec::new(), false, false);
        let mut script: Option<&Arg<'_>> = None;
        let mut after = args.len();
        while let Some(said) = words.next(&[table]) {
            match said.does {
                Does::Commands => {
                    texts.extend(said.value);
                    if language == Language::Shell {
                        after = words.at;
                        break;
                    }
                }
                Does::Package => {
                    let module =
                        said.value.map(|value| value.text.into_owned()).unwrap_or_default();
                    return self.module(&module, words.rest(), call);
                }
                Does::Needed => reads = true,
                Does::Instead => given = true,
                // What is switched off.
                _ if language == Language::Shell
                    && !words.ended
                    && said.value.as_ref().is_some_and(|value| {
                        said.option.is_empty() && value.text.starts_with('+')
                    }) => {}
                // The text is the first operand after all options.
                _ if said.option.is_empty() && given => {
                    let Some(text) = said.value else { continue };
                    let is_option =
                        text.text == "-" || (text.text.starts_with('+') && text.text.len() == 2);
                    if is_option && !words.ended {
                        continue;
                    }
                    texts.push(text);
                    after = said.place + 1;
                    break;
                }
                _ if said.option.is_empty() => {
                    // A single dash, or a script and its words.
                    script = args.get(said.place).filter(|arg| arg.text != "-" && !reads);
                    after = said.place + 1;
                    break;
                }
                _ if said.option == "--version" || said.option == "--help" => {
                    return Flow::default();
                }
                _ => {}
            }
        }
        if !texts.is_empty() {
            // The first of the words that follow is the text's own name.
            let arguments = args.get(after..).unwrap_or_default();
            let mut all = Flow::nothing();
            for text in &texts {
                let fetched = text.flow.as_deref().filter(|flow| flow.is_fetched());
                if let Some(flow) = fetched {
                    self.fetched(flow, call.place, &["pipe-to-shell"]);
                    return Flow::default();
                }
                if language != Language::Shell
                    && text.text.trim_start().starts_with(['$', '`'])
                    && !text.known
                {
                    self.out.hide("eval", call.text);
                } else if language == Language::Shell {
                    let flow = self.with_arguments(arguments, |run| {
                        run.script(&text.text, call.place, call.input)
                    });
                    all.then(flow);
                } else {
                    self.code(&text.text, call);
                    all = Flow::default();
                }
            }
            return all;
        }
        let arguments = args.get(after.saturating_sub(1)..).unwrap_or_default();
        let Some(script) = script else {
            if let Some(flow) = call.input {
                let flow = flow.clone();
                return self.with_arguments(arguments, |run| {
                    run.feed(&flow, call, language, &["pipe-to-shell"], "stdin")
                });
            }
            return Flow::default();
        };
        let (flow, flags): (_, &[&'static str]) = match &script.flow {
            Some(flow) => ((**flow).clone(), &["pipe-to-shell"]),
            None if script.text == "/dev/stdin" => {
                (call.input.cloned().unwrap_or_default(), &["pipe-to-shell"])
            }
            None => (
                self.saved(&script.text).cloned().unwrap_or_default(),
                &["download-then-run", "pipe-to-shell"],
            ),
        };
        self.with_arguments(arguments, |run| run.feed(&flow, call, language, flags, "script-file"))
    }

    /// `python -m module`.
    fn module(&mut self, module: &str, rest: &[Arg<'_>], call: Call<'_>) -> Flow {
        let name = match module {
            "pip" | "pip3" | "pip._internal" | "pip.__main__" => "pip",
            "pipx" | "uv" | "poetry" | "pipenv" | "pdm" | "hatch" | "conda" | "easy_install" => {
                module
            }
            _ => return Flow::default(),
        };
        let mut args = vec![Arg::plain(name)];
        args.extend(rest.iter().cloned());
        self.call(call.with(&args))
    }

    /// Runs what was written elsewhere. `hidden` is why it is opaque where it is not known.
    pub(super) fn feed(
        &mut self,
        flow: &Flow,
        call: Call<'_>,
        language: Language,
        flags: &[&'static str],
        hidden: &'static str,
    ) -> Flow {
        if flow.is_fetched() {
            self.fetched(flow, call.place, flags);
            return Flow::default();
        }
        match &flow.text {
            Some(text) if language == Language::Shell => self.script(text, call.place, None),
            Some(text) => {
                self.text(text, language, call);
                Flow::default()
            }
            None => {
                self.out.hide(hidden, call.text);
                Flow::default()
            }
        }
    }

    fn text(&mut self, text: &str, language: Language, call: Call<'_>) {
        match language {
            Language::Shell => drop(self.script(text, call.place, None)),
            Language::Power => self.power(text, call),
            Language::Code => self.code(text, call),
        }
    }

    /// Runs words that stand in a text.
    pub(super) fn argv(&mut self, words: &[String], place: Place, call: Call<'_>) {
        let args: Vec<Arg<'_>> = words
            .iter()
            .map(|word| Arg {
                text: word.as_str().into(),
                known: !word.starts_with('$'),
                flow: None,
            })
            .collect();
        self.call(Call { place, settings: &[], input: None, ..call.with(&args) });
    }
}

fn evaluates(call: Call<'_>) -> bool {
    call.args
        .get(1)
        .is_some_and(|arg| matches!(arg.text.as_ref(), "-e" | "--eval" | "eval" | "-p" | "--print"))
}
