use super::*;

#[test]
fn a_line_is_a_number_and_a_head() {
    let head = ChainHead([0xab; 32]);

    let noted = NotedHead::from_line(&format!("  17\t{head} "));

    assert_eq!(noted, Some(NotedHead { number: 17, head }));
}

#[test]
fn anything_else_is_no_anchor() {
    let head = "ab".repeat(32);
    let lines = [
        String::new(),
        "17".to_owned(),
        head.clone(),
        format!("-1 {head}"),
        format!("17 {head} more"),
        format!("17 {}", "ab".repeat(31)),
        format!("17 +{}", "b".repeat(63)),
        format!("17 {}", "\u{e9}".repeat(32)),
    ];

    for line in lines {
        assert_eq!(NotedHead::from_line(&line), None, "{line}");
    }
}
