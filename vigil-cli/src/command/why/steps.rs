//! What to do about a finding that is no value to be taken back.

/// The steps, in order; none for what has a checklist of its own or needs nothing.
pub(super) fn of(rule: &str, group: &str) -> &'static [&'static str] {
    match (group, rule) {
        ("package", "package-malicious" | "package-malicious-address") => MALICIOUS,
        ("package", "install-unnamed") => UNNAMED,
        ("package", _) => DOUBTFUL,
        ("guard", "guard-gone") => GONE,
        _ => &[],
    }
}

const MALICIOUS: &[&str] = &[
    "See with `vigil installs` whether it was installed, or only asked for.",
    "If it was: take it out, and end what it started.",
    "Treat every secret that this machine's user can read as read, and make new ones elsewhere.",
    "Take it out of manifests and lock files, so that it does not come back.",
];

const DOUBTFUL: &[&str] = &[
    "Read the name letter by letter: is it the package that was meant?",
    "Look at its page in the registry: who publishes it, since when, and with which source.",
    "If it is another one: take it out, and treat what its scripts could read as read.",
];

const UNNAMED: &[&str] = &[
    "See with `vigil installs` what it is, and which process installed it.",
    "Look at the scripts that the agent ran before: one of them asked for it.",
];

const GONE: &[&str] = &[
    "See with `vigil guard status` which client no longer asks.",
    "`vigil guard on CLIENT` puts the hook back; `vigil guard off CLIENT` says that it is meant so.",
    "If it was not you: look at what the agent did to its own settings before.",
];

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn packages_and_guard_have_steps() {
        for (rule, group) in [
            ("package-malicious", "package"),
            ("package-similar", "package"),
            ("install-unnamed", "package"),
            ("guard-gone", "guard"),
        ] {
            assert!(!of(rule, group).is_empty(), "{rule}");
        }
        assert!(of("aws_access_key", "cloud").is_empty());
    }
}
