//! `PowerShell` and `cmd`. Only what fetches, runs and installs is understood of them.

use super::{
    super::{
        expand::Arg,
        flow::{Flow, decode_base64_bytes},
        run::{Call, Run},
    },
    Language,
};

impl Run {
    /// Runs what these programs are given; none for other programs.
    pub(super) fn windows(&mut self, name: &str, call: Call<'_>) -> Option<Flow> {
        let name = name.to_ascii_lowercase();
        let rest = call.args.get(1..).unwrap_or_default();
        match name.as_str() {
            "powershell" | "pwsh" => self.powershell(rest, call),
            "cmd" => {
                let at = rest.iter().position(|arg| {
                    matches!(arg.text.as_ref(), "/c" | "/C" | "/k" | "/K" | "//c" | "//C")
                })?;
                let command = rest.get(at + 1..).unwrap_or_default();
                match command {
                    [text] => drop(self.script(&text.text, call.place, call.input)),
                    _ => drop(self.call(call.with(command))),
                }
            }
            "iex" | "invoke-expression" => {
                let fetched = rest
                    .iter()
                    .filter_map(|arg| arg.flow.as_deref())
                    .find(|flow| flow.is_fetched());
                match (fetched, call.input) {
                    (Some(flow), _) => self.fetched(flow, call.place, &["pipe-to-shell"]),
                    (None, Some(flow)) if rest.is_empty() => {
                        let flow = flow.clone();
                        self.feed(&flow, call, Language::Power, &["pipe-to-shell"], "stdin");
                    }
                    _ => {
                        let text =
                            rest.iter().map(|arg| arg.text.as_ref()).collect::<Vec<_>>().join(" ");
                        self.power(&text, call);
                    }
                }
            }
            "irm" | "iwr" | "invoke-restmethod" | "invoke-webrequest" => {
                return Some(self.web_request(rest));
            }
            "start-process" | "saps" => {
                let words: Vec<String> = rest
                    .iter()
                    .filter(|arg| !arg.text.starts_with('-'))
                    .flat_map(|arg| {
                        arg.text
                            .split([' ', ','])
                            .map(|part| part.trim_matches(['\'', '"']).to_owned())
                    })
                    .filter(|part| !part.is_empty())
                    .collect();
                self.argv(&words, call.place, call);
            }
            _ => return None,
        }
        Some(Flow::default())
    }

    fn web_request(&mut self, rest: &[Arg<'_>]) -> Flow {
        /// What these options are given is no address of what is fetched.
        const VALUES: [&str; 6] =
            ["-outfile", "-method", "-headers", "-body", "-useragent", "-contenttype"];
        let is_value = |place: usize| {
            let before = place.checked_sub(1).and_then(|before| rest.get(before));
            before.is_some_and(|arg| VALUES.contains(&arg.text.to_ascii_lowercase().as_str()))
        };
        let urls: Vec<String> = rest
            .iter()
            .enumerate()
            .filter(|(place, arg)| super::super::flow::is_address(&arg.text) && !is_value(*place))
            .map(|(_, arg)| arg.text.clone().into_owned())
            .collect();
        let unknown = urls.is_empty() && rest.iter().any(|arg| !arg.known);
        let flow = Flow { text: None, urls, fetched: unknown };
        let file = rest
            .iter()
            .position(|arg| arg.text.eq_ignore_ascii_case("-OutFile"))
            .and_then(|at| rest.get(at + 1));
        match file {
            Some(file) => {
                self.save(&file.text, flow);
                Flow::nothing()
            }
            None => flow,
        }
    }

    fn powershell(&mut self, rest: &[Arg<'_>], call: Call<'_>) {
        const VALUES: [&str; 9] = [
            "-executionpolicy",
            "-ep",
            "-ex",
            "-version",
            "-windowstyle",
            "-w",
            "-inputformat",
            "-outputformat",
            "-workingdirectory",
        ];
        let mut at = 0;
        while let Some(arg) = rest.get(at) {
            let option = arg.text.to_ascii_lowercase();
            let following = rest.get(at + 1..).unwrap_or_default();
            if VALUES.contains(&option.as_str()) {
                at += 2;
            } else if option.len() > 1
                && ("-encodedcommand".starts_with(&option) || option == "-enc" || option == "-ec")
            {
                let text = following.first().and_then(|text| decoded(&text.text));
                match text {
                    Some(text) => self.power(&text, call),
                    None => self.out.hide("eval", call.text),
                }
                return;
            } else if option.len() > 1 && "-file".starts_with(&option) {
                if let Some(file) = following.first() {
                    let flow = self.saved(&file.text).cloned().unwrap_or_default();
                    self.feed(
                        &flow,
                        call,
                        Language::Power,
                        &["download-then-run", "pipe-to-shell"],
                        "script-file",
                    );
                }
                return;
            } else if option.len() > 1 && ("-command".starts_with(&option) || option == "/c") {
                self.power_words(following, call);
                return;
            } else if option.starts_with('-') && option != "-" {
                at += 1;
            } else {
                self.power_words(rest.get(at..).unwrap_or_default(), call);
                return;
            }
        }
        if let Some(flow) = call.input.cloned() {
            self.feed(&flow, call, Language::Power, &["pipe-to-shell"], "stdin");
        }
    }

    fn power_words(&mut self, words: &[Arg<'_>], call: Call<'_>) {
        if let Some(flow) =
            words.iter().filter_map(|arg| arg.flow.as_deref()).find(|flow| flow.is_fetched())
        {
            self.fetched(flow, call.place, &["pipe-to-shell"]);
            return;
        }
        let text = words.iter().map(|arg| arg.text.as_ref()).collect::<Vec<_>>().join(" ");
        self.power(&text, call);
    }

    /// Reads a text of `PowerShell`.
    pub(in super::super) fn power(&mut self, text: &str, call: Call<'_>) {
        let lower = text.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let runs = has(&["iex", "invoke-expression", "scriptblock]::create", "invoke-command"]);
        let fetches = has(&[
            "irm",
            "iwr",
            "invoke-restmethod",
            "invoke-webrequest",
            "downloadstring",
            "curl",
            "wget",
            "getstringasync",
        ]);
        if runs && fetches && self.spend(text.len()) {
            let ends = [' ', '\'', '"', ')', '(', '|', ';', '}', '{', '\n', ','];
            let urls: Vec<String> = lower
                .match_indices("http")
                .filter_map(|(at, _)| text.get(at..))
                .filter(|rest| rest.contains("://"))
                .map(|rest| rest.split(ends).next().unwrap_or_default().to_owned())
                .filter(|url| url.contains("://"))
                .take(16)
                .collect();
            let flow = Flow { text: None, fetched: urls.is_empty(), urls };
            self.fetched(&flow, call.place, &["pipe-to-shell"]);
            return;
        }
        // A backslash is a part of paths there.
        self.script(&text.replace('\\', "/"), call.place, None);
    }
}

/// A command in the form of `-EncodedCommand`.
fn decoded(text: &str) -> Option<String> {
    let bytes = decode_base64_bytes(text)?;
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    String::from_utf16(&units).ok()
}

/// True for a text of `PowerShell` that no other shell would understand.
pub(in super::super) fn is_power(text: &str) -> bool {
    ["iex", "expression"].iter().any(|word| {
        text.split('(').take(64).any(|before| {
            let end = before.trim_end();
            end.len() >= word.len()
                && end
                    .get(end.len() - word.len()..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(word))
        })
    }) && text.contains("http")
}
