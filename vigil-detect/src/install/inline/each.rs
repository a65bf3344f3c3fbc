//! Programs that run a command for each of several words: `xargs`, `parallel`, `find`, `tmux`.

use super::super::{
    expand::Arg,
    flow::Flow,
    options::{Does, Opt, Style, Words},
    run::{Call, Run},
};

/// How often a command is followed for different words.
const MOST: usize = 64;

const XARGS: &[Opt] = &[
    Opt::with("-I --replace", Does::Instead),
    Opt::with("-a --arg-file", Does::File),
    Opt::with("-i", Does::Nothing),
    Opt::value(
        "-n --max-args -P --max-procs -L --max-lines -d --delimiter -s --max-chars -E -R -S -J",
    ),
];
const PARALLEL: &[Opt] = &[
    Opt::with("-a --arg-file", Does::File),
    Opt::value(
        "-j --jobs -P --max-procs -n --max-args -N -I --delay --timeout --retries --joblog -S --sshlogin -d --delimiter --results --tmpdir",
    ),
];
const TMUX: &[Opt] = &[Opt::value("-s -n -c -t -x -y -F -e -f -L -S -l -b")];

impl Run {
    /// Runs what these programs are given; none for other programs.
    pub(in super::super) fn runs_others(&mut self, name: &str, call: Call<'_>) -> Option<Flow> {
        match name {
            "xargs" | "gxargs" => self.xargs(call),
            "parallel" | "rush" | "env_parallel" => self.parallel(call),
            "find" | "gfind" | "fd" | "fdfind" => self.find(name, call),
            "tmux" => self.tmux(call),
            _ => return None,
        }
        Some(Flow::default())
    }

    fn xargs(&mut self, call: Call<'_>) {
        let args = call.args.get(1..).unwrap_or_default();
        let mut words = Words::new(args, Style::Usual);
        let (mut sign, mut command, mut input): (Option<String>, &[Arg<'_>], _) =
            (None, &[], call.input.cloned());
        while let Some(said) = words.next(&[XARGS]) {
            match said.does {
                Does::Instead => sign = said.value.map(|value| value.text.into_owned()),
                Does::File => {
                    input = said
                        .value
                        .and_then(|value| self.saved(&value.text).cloned())
                        .or(Some(Flow::default()));
                }
                _ if said.option == "-i" => sign = Some("{}".to_owned()),
                _ if said.option.is_empty() => {
                    command = args.get(said.place..).unwrap_or_default();
                    break;
                }
                _ => {}
            }
        }
        self.for_each(call, command, sign.as_deref(), input.as_ref());
    }

    /// Runs `command` with the words of `input`, in the place of `sign` or at the end.
    fn for_each(
        &mut self,
        call: Call<'_>,
        command: &[Arg<'_>],
        sign: Option<&str>,
        input: Option<&Flow>,
    ) {
        let text =
            input.and_then(|flow| flow.text.as_deref()).filter(|text| self.spend(text.len()));
        // What is fetched and run word by word.
        let hidden = Arg { text: "$input".into(), known: false, flow: None };
        let Some(sign) = sign else {
            let mut args = command.to_vec();
            match text {
                Some(text) => args.extend(
                    text.split_whitespace()
                        .take(1000)
                        .map(|word| Arg::plain(word.trim_matches(['"', '\'']))),
                ),
                None => args.push(hidden),
            }
            self.call(Call { input: None, ..call.with(&args) });
            return;
        };
        let lines: Vec<Arg<'_>> = match text {
            Some(text) => text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .take(MOST)
                .map(Arg::plain)
                .collect(),
            None => vec![hidden],
        };
        for line in lines {
            if !self.spend(call.text.len() + line.text.len() * command.len()) {
                self.out.hide("too-long", call.text);
                return;
            }
            let args: Vec<Arg<'_>> = command.iter().map(|arg| replaced(arg, sign, &line)).collect();
            self.call(Call { input: None, ..call.with(&args) });
        }
    }

    fn parallel(&mut self, call: Call<'_>) {
        let args = call.args.get(1..).unwrap_or_default();
        let mut words = Words::new(args, Style::Usual);
        let mut start = args.len();
        while let Some(said) = words.next(&[PARALLEL]) {
            if said.option.is_empty() {
                start = said.place;
                break;
            }
        }
        let rest = args.get(start..).unwrap_or_default();
        let at = rest
            .iter()
            .position(|arg| matches!(arg.text.as_ref(), ":::" | ":::+" | "::::"))
            .unwrap_or(rest.len());
        let (command, values) = rest.split_at(at);
        let text = command.iter().map(|arg| arg.text.as_ref()).collect::<Vec<_>>().join(" ");
        let mut lines: Vec<String> =
            values.iter().skip(1).take(MOST).map(|arg| arg.text.clone().into_owned()).collect();
        if values.is_empty() {
            lines = match call.input.and_then(|flow| flow.text.as_deref()) {
                Some(text) => text.lines().take(MOST).map(str::to_owned).collect(),
                None => vec!["$input".to_owned()],
            };
        }
        for line in lines {
            let text = match () {
                () if text.is_empty() => line,
                () if text.contains("{}") => text.replace("{}", &line),
                () => format!("{text} {line}"),
            };
            self.script(&text, call.place, None);
        }
    }

    fn find(&mut self, name: &str, call: Call<'_>) {
        let starts: &[&str] = if name.contains("find") && name != "fdfind" {
            &["-exec", "-execdir", "-ok", "-okdir"]
        } else {
            &["-x", "--exec", "-X", "--exec-batch"]
        };
        let mut rest = call.args.get(1..).unwrap_or_default();
        while let Some(at) = rest.iter().position(|arg| starts.contains(&arg.text.as_ref())) {
            rest = rest.get(at + 1..).unwrap_or_default();
            let end = rest
                .iter()
                .position(|arg| matches!(arg.text.as_ref(), ";" | "+"))
                .unwrap_or(rest.len());
            let (command, more) = rest.split_at(end);
            let file = Arg { text: "$file".into(), known: false, flow: None };
            let args: Vec<Arg<'_>> = command.iter().map(|arg| replaced(arg, "{}", &file)).collect();
            self.call(Call { input: None, ..call.with(&args) });
            rest = more;
        }
    }

    fn tmux(&mut self, call: Call<'_>) {
        let args = call.args.get(1..).unwrap_or_default();
        let mut words = Words::new(args, Style::Usual);
        let mut said: Vec<&str> = Vec::new();
        while let Some(word) = words.next(&[TMUX]) {
            if let Some(arg) = args.get(word.place).filter(|_| word.option.is_empty()) {
                said.push(&arg.text);
            }
        }
        if let [_, rest @ ..] = said.as_slice() {
            let keys = |word: &&&str| !matches!(**word, "Enter" | "C-m" | "C-c");
            let text = rest.iter().filter(keys).copied().collect::<Vec<_>>().join(" ");
            self.script(&text, call.place, None);
        }
    }
}

/// `arg` with `value` for `sign`.
fn replaced<'a>(arg: &Arg<'a>, sign: &str, value: &Arg<'_>) -> Arg<'a> {
    if sign.is_empty() || !arg.text.contains(sign) {
        return arg.clone();
    }
    Arg {
        text: arg.text.replace(sign, &value.text).into(),
        known: arg.known && value.known,
        flow: None,
    }
}
