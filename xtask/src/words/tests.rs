use super::*;

fn words(lines: &[&str]) -> String {
    let mut words = Part::default();
    for line in lines {
        words.push(line.as_bytes());
    }
    words.to_string()
}

#[test]
fn the_last_lines_are_kept() {
    let lines: Vec<String> = (1..=100).map(|n| format!("line {n}")).collect();

    let kept = words(&lines.iter().map(String::as_str).collect::<Vec<_>>());

    assert!(kept.starts_with("... 60 lines ...\nline 61\n"), "{kept}");
    assert!(kept.ends_with("line 99\nline 100\n"), "{kept}");
}

#[test]
fn what_a_runner_says_of_its_failures_is_kept_from_the_beginning() {
    for heading in [
        "\u{2716} failing tests:",
        "failures:",
        "     Summary [   1.2s] 2 tests run: 1 passed, 1 failed",
    ] {
        let kept = words(&[
            "compiling",
            "\u{2714} good",
            "\u{2139} fail 1",
            heading,
            "bad",
            "  because of this",
        ]);

        assert_eq!(kept, format!("{heading}\nbad\n  because of this\n"));
    }
}

#[test]
fn of_many_failures_the_first_and_the_last_are_kept() {
    let failures: Vec<String> = (1..=300).map(|n| format!("failure {n}")).collect();
    let mut lines = vec!["before", "failures:"];
    lines.extend(failures.iter().map(String::as_str));

    let kept = words(&lines);

    assert!(kept.starts_with("failures:\nfailure 1\n"), "{kept}");
    assert!(kept.contains("\nfailure 39\n... 221 lines ...\nfailure 261\n"), "{kept}");
    assert!(kept.ends_with("\nfailure 300\n"), "{kept}");
}

#[test]
fn a_long_line_is_cut_between_letters() {
    let long = "\u{e4}".repeat(1000);

    let kept = words(&[&long]);

    assert_eq!(kept, format!("{}\n", "\u{e4}".repeat(200)));
}

#[test]
fn every_byte_is_passed_on() {
    let said: &[u8] = b"one\n\xff\xfe\nno end";
    let mut out = Vec::new();

    pass_on(Some(said), &mut out, |_| {});

    assert_eq!(out, b"one\n\xff\xfe\nno end\n");
}

#[test]
fn who_stopped_reading_holds_nothing_up() {
    let part = pass_on(Some(&b"one\ntwo\n"[..]), &mut [0u8; 1][..], |_| {});

    assert_eq!(part.to_string(), "one\ntwo\n");
}
