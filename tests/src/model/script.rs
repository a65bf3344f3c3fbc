//! The conversations that the scripted model holds.

/// Tokens of one answer, in Vigil's normal form: reasoning is part of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tokens {
    /// Uncached input.
    pub input: u64,
    /// Written to the cache.
    pub cache_write: u64,
    /// Read from the cache.
    pub cache_read: u64,
    /// Output.
    pub output: u64,
    /// What of the output was reasoning, where the API tells it.
    pub reasoning: u64,
}

impl Tokens {
    /// The same tokens as told by an API that does not tell apart what was written to the cache.
    #[must_use]
    pub fn without_cache_writes(self) -> Self {
        Self { input: self.input + self.cache_write, cache_write: 0, ..self }
    }

    /// The same tokens as told by an API that does not tell apart what was reasoning.
    #[must_use]
    pub fn without_reasoning(self) -> Self {
        Self { reasoning: 0, ..self }
    }
}

/// What the model wants done, whatever the client calls the tool for it.
#[derive(Clone, Debug)]
pub(super) enum Wish {
    /// A command for a shell.
    Run(&'static str),
    /// A file to be read, in the client's folder.
    Read(&'static str),
    /// A file to be written there, and its content.
    Write(&'static str, &'static str),
    /// A task for a sub-agent: the conversation that it will hold.
    HandOver(&'static str),
    /// The end of the sub-agent that was started last, where a client has to be told to wait.
    Wait,
    /// What a sub-agent reports, where that is a tool.
    Report(&'static str),
}

/// One answer.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Thinking before it.
    pub thinking: Option<&'static str>,
    /// Its text.
    pub text: &'static str,
    /// The tools it asks for.
    pub wishes: Vec<Wish>,
    /// Its tokens.
    pub tokens: Tokens,
}

fn step(text: &'static str, wishes: Vec<Wish>, tokens: [u64; 4]) -> Step {
    let [input, cache_write, cache_read, output] = tokens;
    let tokens = Tokens { input, cache_write, cache_read, output, reasoning: 0 };
    Step { thinking: None, text, wishes, tokens }
}

/// What an editor of files that is given none by tools is told to do to `summary.txt`.
const EDIT: &str = "One line goes into the file.\n\nsummary.txt\n```\n<<<<<<< SEARCH\n=======\n\
                    all is done\n>>>>>>> REPLACE\n```\n\nCONVERSATION-ENDS\n";

/// The tokens of an answer to what is asked beside a conversation.
pub(super) fn aside() -> Tokens {
    Tokens { input: 31, output: 7, ..Tokens::default() }
}

/// The answers of the conversation `name`.
fn steps(name: &str) -> Vec<Step> {
    match name {
        "delegate" => vec![
            step("I will hand this over.", vec![Wish::HandOver("delegated")], [1000, 0, 0, 50]),
            step("It is done. CONVERSATION-ENDS", vec![], [200, 0, 1000, 20]),
        ],
        // The same where the client goes on while its sub-agent works.
        "delegate-and-wait" => vec![
            step("I will hand this over.", vec![Wish::HandOver("delegated")], [1000, 0, 0, 50]),
            step("I will wait for it.", vec![Wish::Wait], [120, 0, 1000, 15]),
            step("It is done. CONVERSATION-ENDS", vec![], [200, 0, 1100, 20]),
        ],
        "delegated" => vec![
            step("Running it.", vec![Wish::Run("echo delegated-step")], [500, 0, 0, 25]),
            step("The echo ran.", vec![Wish::Report("The echo ran.")], [50, 0, 500, 10]),
        ],
        // A word in passing.
        "chat" => vec![step("Hello. CONVERSATION-ENDS", vec![], [10, 0, 0, 5])],
        // What a hook keeps from being done.
        "refused" => vec![
            step(
                "A dangerous command.",
                vec![Wish::Run("touch SHOULD_NOT_EXIST && echo dangerous")],
                [300, 0, 0, 20],
            ),
            step("It is over. CONVERSATION-ENDS", vec![], [50, 0, 300, 10]),
        ],
        // A package that nobody should install.
        "install" => vec![
            step("A library is missing.", vec![Wish::Run("pip install requets")], [310, 0, 0, 22]),
            step("It is over. CONVERSATION-ENDS", vec![], [51, 0, 310, 11]),
        ],
        // What fails by itself, alone and beside what does not.
        "failing" => vec![
            step("This will fail.", vec![Wish::Run("echo before; exit 3")], [700, 0, 0, 30]),
            step(
                "Three at once.",
                vec![
                    Wish::Read("nothing-here.txt"),
                    Wish::Run("echo fine"),
                    Wish::Write("other.txt", "done\n"),
                ],
                [40, 60, 700, 25],
            ),
            step("It is done. CONVERSATION-ENDS", vec![], [50, 0, 800, 10]),
        ],
        // What is said in a session that had a conversation before.
        "second" => vec![
            step("The second prompt.", vec![Wish::Run("echo second-prompt")], [310, 0, 200, 21]),
            step("All is done again. CONVERSATION-ENDS", vec![], [52, 0, 301, 12]),
        ],
        // The provider cannot answer at first.
        "overloaded" => vec![
            step("At last.", vec![Wish::Run("echo after-errors")], [410, 0, 0, 22]),
            step("It is done. CONVERSATION-ENDS", vec![], [53, 0, 400, 11]),
        ],
        // An answer breaks off in the middle and is asked for again.
        "broken" => vec![
            step("Nothing is wrong yet.", vec![Wish::Run("echo before-break")], [420, 0, 0, 23]),
            step("Here it may break off, or not. CONVERSATION-ENDS", vec![], [54, 0, 410, 12]),
        ],
        // An answer that never ends.
        "stalled" => vec![
            step("A command first.", vec![Wish::Run("echo before-stall")], [430, 0, 0, 24]),
            step("Nobody will hear the end of this sentence.", vec![], [55, 0, 420, 13]),
        ],
        // A command that is still running when its client ends.
        "running" => vec![
            step(
                "This runs until somebody takes the file away.",
                vec![Wish::Run("touch running; while [ -e running ]; do sleep 0.1; done")],
                [440, 0, 0, 25],
            ),
            step("It is done. CONVERSATION-ENDS", vec![], [56, 0, 430, 14]),
        ],
        // Results longer than clients pass on.
        "long" => vec![
            step("Many lines.", vec![Wish::Run("seq 1 60000")], [450, 0, 0, 26]),
            step("It is done. CONVERSATION-ENDS", vec![], [57, 0, 440, 15]),
        ],
        // Words beyond ASCII, and an answer without any.
        "words" => vec![
            step(
                "Grün 🦊 日本語 שלום e\u{301} \u{202e}x\u{202c} \u{0}end",
                vec![Wish::Run("printf 'gr\\303\\274n \\360\\237\\246\\212 \\377\\n'")],
                [460, 0, 0, 27],
            ),
            step("", vec![Wish::Run("echo after-nothing")], [58, 0, 450, 16]),
            step("It is done. CONVERSATION-ENDS", vec![], [59, 0, 460, 17]),
        ],
        // What is too much for the model.
        "overflow" => vec![
            step("A command first.", vec![Wish::Run("echo before-overflow")], [470, 0, 0, 28]),
            step("It is done. CONVERSATION-ENDS", vec![], [61, 0, 470, 18]),
        ],
        // So many tokens that a client makes its history shorter.
        "full" => vec![
            step("A command first.", vec![Wish::Run("echo before-full")], [480, 0, 0, 29]),
            step("It is done. CONVERSATION-ENDS", vec![], [62, 0, 100_000, 19]),
        ],
        // What a history is made shorter to. It names what the conversation goes on with.
        "compaction" => {
            vec![step(
                "<analysis>All was said.</analysis>\n<summary>\nThe command was run, and nothing else \
                 is to be told of it but this: [[conversation:second]] It goes on.\n</summary>",
                vec![],
                [63, 0, 100_000, 33],
            )]
        }
        // A command that can be seen by whoever looks every now and then.
        "slow" => vec![
            step(
                "This takes a moment.",
                vec![Wish::Run("sleep 4; echo slow-step")],
                [900, 0, 0, 30],
            ),
            step("It is done. CONVERSATION-ENDS", vec![], [60, 0, 900, 10]),
        ],
        "edit" => vec![step(EDIT, vec![], [870, 30, 0, 60])],
        // What a client asks beside the conversation: words without tools, such as a title.
        "aside" => {
            vec![step("A short title", vec![], [aside().input, 0, 0, aside().output])]
        }
        // Four steps with a secret on the way, one closing answer.
        _ => {
            let mut steps = vec![
                step(
                    "First a harmless command.",
                    vec![Wish::Run("echo first-step")],
                    [1200, 800, 0, 90],
                ),
                step(
                    "Two at once.",
                    vec![Wish::Run("echo second-step"), Wish::Run("ls -la")],
                    [150, 200, 2000, 70],
                ),
                step(
                    "Now the configuration.",
                    vec![Wish::Read("settings.env")],
                    [120, 100, 2200, 45],
                ),
                step("A summary.", vec![Wish::Write("summary.txt", "done\n")], [110, 90, 2300, 60]),
                step("All steps are done. CONVERSATION-ENDS", vec![], [100, 0, 2400, 40]),
            ];
            steps[0].thinking = Some("A harmless step comes first.");
            steps[0].tokens.reasoning = 30;
            steps[3].tokens.reasoning = 10;
            steps
        }
    }
}

/// How far a conversation is, as a request tells it.
#[derive(Clone, Debug, Default)]
pub(super) struct Reached {
    /// What the user's messages say, without tool results.
    prompts: String,
    /// The answers with tool calls that the history holds since the conversation began.
    answered: usize,
    /// The conversations that the history holds, this one included.
    begun: usize,
    /// The sub-agent that was started last.
    sub_agent: String,
    /// The last message asks for a summary of all before it.
    compacts: bool,
    /// The summary shall not be shown.
    sealed: bool,
}

/// What a prompt names its conversation with.
const NAMED: &str = "[[conversation:";

/// How clients ask for a summary of a conversation.
const COMPACTS: &[&str] = &[
    "create a detailed summary of",
    "CONTEXT CHECKPOINT COMPACTION",
    "<state_snapshot>",
    "structured context checkpoint",
    "anchored summary",
];

impl Reached {
    /// The user says `text`. What names a conversation begins one, also within a session that
    /// had another before.
    pub(super) fn says(&mut self, text: &str) {
        if text.contains(NAMED) {
            self.answered = 0;
            self.begun += 1;
        }
        self.compacts = COMPACTS.iter().any(|words| text.contains(words));
        self.prompts.push_str(text);
    }

    /// A summary of all before it is asked for, which is not shown.
    pub(super) fn seals(&mut self) {
        (self.compacts, self.sealed) = (true, true);
    }

    /// True for such a summary.
    pub(super) fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// The model answered with tool calls.
    pub(super) fn calls(&mut self) {
        self.answered += 1;
    }

    /// A tool gave `text` back.
    pub(super) fn hears(&mut self, text: &str) {
        if let Some(id) = between(text, "\"agent_id\":\"", "\"") {
            id.clone_into(&mut self.sub_agent);
        }
    }

    /// The sub-agent that was started last.
    pub(super) fn sub_agent(&self) -> &str {
        &self.sub_agent
    }

    /// What a provider calls an answer's tool calls that counts them within each conversation: the
    /// first call of every conversation has the same id, a sub-agent's as well.
    pub(super) fn numbered(&self) -> String {
        format!("mk{}_{}", self.begun, self.answered)
    }

    /// The folder that the client works in.
    pub(super) fn folder(&self) -> &str {
        between(&self.prompts, "FOLDER=", " ").unwrap_or("/nowhere")
    }

    /// The conversation's name, and how many answers it had; `has_tools` when the client offers
    /// any.
    pub(super) fn at(&self, has_tools: bool) -> (&str, usize) {
        let name = between(&self.prompts, NAMED, "]]").unwrap_or("default");
        if self.compacts {
            return ("compaction", 0);
        }
        if has_tools || name == "edit" { (name, self.answered) } else { ("aside", 0) }
    }

    /// The step that comes now.
    pub(super) fn step(&self, has_tools: bool) -> Step {
        let (name, answered) = self.at(has_tools);
        let mut steps = steps(name);
        let last = steps.len() - 1;
        steps.swap_remove(answered.min(last))
    }
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let rest = &text[text.rfind(open)? + open.len()..];
    Some(&rest[..rest.find(close)?])
}
