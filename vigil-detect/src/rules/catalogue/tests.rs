use super::*;

#[test]
fn the_document_is_what_the_rules_say() {
    let written = include_str!("../../../../docs/RULES.md");

    let made = catalogue();

    assert!(
        written == made,
        "docs/RULES.md is old: cargo run -p vigil-detect --example rules > docs/RULES.md"
    );
}

#[test]
fn every_group_has_a_heading_and_every_class_its_letters() {
    let text = catalogue();

    for rule in Rule::all() {
        assert!(GROUPS.iter().any(|(group, _)| *group == rule.group), "{}", rule.name);
        assert!(text.contains(&format!("| `{}` |", rule.name)), "{}", rule.name);
    }
    assert!(
        !text.contains("[letters]{1") && !text.contains("[letters]{2"),
        "a class without a name"
    );
}
