use proptest::prelude::*;

use super::*;

fn read(diff: &str, largest: usize) -> Vec<Change> {
    let mut reading = Diff::new(largest);
    let mut told: Vec<Change> =
        diff.split_inclusive('\n').filter_map(|line| reading.line(line.as_bytes())).collect();
    told.extend(reading.end());
    told
}

#[test]
fn only_added_lines_are_read_and_know_their_numbers() {
    let diff = "diff --git a/a b b/a b\nindex 1..2 100644\n--- a/a b\t\n+++ b/a b\t\n\
        @@ -3,2 +3,2 @@ fn x()\n-old\n--- a/no\n+new\n+++ b/no header\n\
        @@ -9,0 +10 @@\n+ten\n\\ No newline at end of file\n\
        diff --git a/gone b/gone\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
        diff --git a/p.png b/p.png\nBinary files /dev/null and b/p.png differ\n";

    let told = read(diff, 1000);

    let [Change::Added(added), Change::Binary(binary)] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(added.path, "a b");
    assert_eq!(added.bytes, b"new\n++ b/no header\n\nten\n");
    assert_eq!(added.lines, [3, 4, 4, 10]);
    assert_eq!(binary, "p.png");
}

#[test]
fn what_is_binary_or_too_large_is_named_and_not_kept() {
    let file = |name: &str, line: &str| {
        format!("diff --git a/{name} b/{name}\n+++ b/{name}\n@@ -0,0 +1 @@\n+{line}\n")
    };
    let diff = [file("nul", "a\0b"), file("large", &"x".repeat(50)), file("both", "ok")].concat();

    let told = read(&diff, 20);

    assert_eq!(told[0], Change::Binary("nul".to_owned()));
    assert_eq!(told[1], Change::TooLarge("large".to_owned()));
    assert!(matches!(&told[2], Change::Added(added) if added.bytes == b"ok\n"));
}

#[test]
fn numbers_beyond_all_numbers_end_nothing() {
    let most = usize::MAX;
    let diff =
        format!("+++ b/a\n@@ -1,0 +{most},3 @@\n+one\n+two\n@@ -{most}0 +9{most},1 @@\n+no\n");

    let told = read(&diff, 1000);

    let [Change::Added(added)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(added.lines[..2], [most, most]);
}

#[test]
fn a_path_is_read_as_git_quotes_it() {
    assert_eq!(path_of("b/plain"), "plain");
    assert_eq!(path_of("\"b/a\\\"b\\tc\\303\\274\""), "a\"b\tcü");
}

proptest! {
    /// Whatever comes: each line that is kept has a number, and no more is kept than was asked for.
    #[test]
    fn any_lines_are_read_to_an_end(
        lines in proptest::collection::vec(
            "(diff --git a/x b/x|\\+\\+\\+ b/[a\"\\\\0-9]{0,4}|@@ -[0-9]{0,22},?[0-9]{0,2} \\+[0-9]{0,22},?[0-9]{0,2}( @@)?|[-+ ].{0,12}|Binary files .{0,9}|.{0,8})",
            0..60,
        ),
        ends in any::<bool>(),
    ) {
        let text = lines.join("\n") + if ends { "\n" } else { "" };
        for told in read(&text, 40) {
            if let Change::Added(added) = told {
                prop_assert!(added.bytes.len() <= 42);
                let kept = added.bytes.split_inclusive(|byte| *byte == b'\n').count();
                prop_assert_eq!(kept, added.lines.len());
            }
        }
    }
}
