//! The table of all types for docs/RULES.md, made from the rules themselves.

use std::{collections::BTreeMap, fmt::Write as _};

use vigil_proto::revocation::revocation;

use crate::{
    assign::BOUND,
    class::{
        ALNUM, ALNUM_DASH, AZURE, BASE64, BASE64_LIST, BASE64_PAD, Class, DIGIT, HEX, HEX_ANY,
        LOWER, LOWER_NUM, PAD, UPPER, UPPER_NUM, URL64, URL64_DOT, UUID,
    },
    rule::{Matcher, Rule},
    shape::Part,
};

/// The groups, in the table's order, and what each is for.
const GROUPS: &[(&str, &str)] = &[
    ("cloud", "Clouds and hosting"),
    ("vcs", "Source forges"),
    ("ai", "Providers of models and of tools for agents"),
    ("registry", "Package registries"),
    ("payment", "Payment and shops"),
    ("comm", "Chat, mail, telephone and webhooks"),
    ("saas", "Other services"),
    ("db", "Databases and connection strings"),
    ("keys", "Keys"),
    ("token", "Tokens and HTTP"),
    ("config", "Files of configuration"),
    ("generic", "Passwords and keys of no known service"),
    ("pii", "Personal data"),
    ("canary", "Planted"),
];

const HEAD: &str = "\
# The types that Vigil knows

This table is made from the rules (`cargo run -p vigil-detect --example rules`); a test keeps the two
equal. A form is what a service's own documentation says of its keys, or what its console gives out
where the documentation says nothing; `[letters]{n}` is so many of those letters. A type that is told by
a name needs that name, or the service's name in the sentence before it.

Keys of services that have no line here are found as `generic_api_key`: where a name such as
`acme_api_key` or `ACME_TOKEN` is given them, and, where the value could be nothing but a key, behind the
name of one of some 1,900 services (vigil-detect/src/assign/service/names.txt) with no more than `key`, a
sign or a blank between.

Rules of your own, exceptions and canaries stand in the configuration; `vigil config init` writes
examples of each.
";

/// The text of docs/RULES.md.
pub fn catalogue() -> String {
    let mut types: BTreeMap<&str, BTreeMap<&str, (&str, Vec<String>)>> = BTreeMap::new();
    let shaped = crate::rules::ALL.iter().copied().flatten().map(|rule| (rule, form(rule)));
    let named = BOUND.iter().map(|bound| (&bound.rule, bound.form()));
    for (rule, form) in shaped.chain(named) {
        let entry = types.entry(rule.group).or_default().entry(rule.name);
        let (_, forms) = entry.or_insert((rule.title, Vec::new()));
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    let mut text = HEAD.to_owned();
    let count: usize = types.values().map(BTreeMap::len).sum();
    let _ok = writeln!(text, "\n{count} types.");
    for (group, heading) in GROUPS {
        let Some(types) = types.get(group) else { continue };
        let _ok = writeln!(
            text,
            "\n## {heading}\n\n| type | what it is | how it is told | where it is taken back |\n|---|---|---|---|"
        );
        for (name, (title, forms)) in types {
            let place = revocation(name, group).map(|steps| steps.place).unwrap_or_default();
            let forms = forms.join("; ").replace('|', "\\|");
            let _ok = writeln!(text, "| `{name}` | {title} | {forms} | {place} |");
        }
    }
    text
}

fn form(rule: &Rule) -> String {
    match rule.matcher {
        _ if rule.group == "canary" => {
            "by the keyed fingerprint of what was planted, wherever it stands".to_owned()
        }
        _ if rule.anchors.is_empty() => "by a name before it, or its own check digits".to_owned(),
        Matcher::Custom(_) => {
            let some: Vec<&str> = rule.anchors.iter().take(6).copied().collect();
            let more = if rule.anchors.len() > some.len() { ", ..." } else { "" };
            let words: Vec<String> = some.iter().map(|word| code(word)).collect();
            format!("at {}{more}", words.join(", "))
        }
        Matcher::Shape { behind, ahead } => {
            let before: String = behind.iter().rev().map(part).collect();
            let after: String = ahead.iter().map(part).collect();
            let anchors: Vec<String> = rule
                .anchors
                .iter()
                .map(|anchor| code(&format!("{before}{anchor}{after}")))
                .collect();
            anchors.join(", ")
        }
    }
}

/// As code in a table.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('\n', "\\n").replace('`', "'"))
}

fn part(part: &Part) -> String {
    match part {
        Part::Lit(text) => (*text).to_owned(),
        Part::Any(texts) => format!("({})", texts.join(" or ")),
        Part::Run(class, min, max) if min == max => format!("[{}]{{{min}}}", letters(*class)),
        Part::Run(class, min, max) => format!("[{}]{{{min}-{max}}}", letters(*class)),
    }
}

/// A class as it is written in a form.
pub(crate) fn letters(class: Class) -> &'static str {
    let known = [
        (DIGIT, "0-9"),
        (LOWER, "a-z"),
        (UPPER, "A-Z"),
        (ALNUM, "A-Za-z0-9"),
        (HEX, "0-9a-f"),
        (HEX_ANY, "0-9a-fA-F"),
        (UPPER_NUM, "A-Z0-9"),
        (LOWER_NUM, "a-z0-9"),
        (URL64, "A-Za-z0-9_-"),
        (URL64_DOT, "A-Za-z0-9_.-"),
        (BASE64, "A-Za-z0-9+/"),
        (BASE64_PAD, "A-Za-z0-9+/="),
        (BASE64_LIST, "A-Za-z0-9+/,_-"),
        (AZURE, "A-Za-z0-9_~.-"),
        (ALNUM_DASH, "A-Za-z0-9-"),
        (UUID, "0-9a-f-"),
        (PAD, "="),
    ];
    known.iter().find(|(known, _)| *known == class).map_or("letters", |(_, letters)| letters)
}

#[cfg(test)]
mod tests;
