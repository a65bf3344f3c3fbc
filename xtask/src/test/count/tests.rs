use super::*;

#[test]
fn both_runners_totals_are_read() {
    let cargo = "test result: FAILED. 26 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out";
    let nextest = "     Summary [   1.200s] 31 tests run: 28 passed (1 slow), 2 failed, 1 timed out, 4 skipped";

    assert_eq!(Count::in_line(cargo), Some(Count { passed: 26, failed: 2 }));
    assert_eq!(Count::in_line(nextest), Some(Count { passed: 28, failed: 3 }));
}

#[test]
fn the_totals_of_node_are_read_line_by_line() {
    let lines = ["tests 9", "pass 5", "fail 2", "cancelled 1", "skipped 1", "todo 0"];

    let mut count = Count::default();
    for line in lines {
        count += Count::in_line(&format!("\u{2139} {line}")).unwrap_or_default();
    }

    assert_eq!(count, Count { passed: 5, failed: 3 });
    assert_eq!(Count::in_line("# pass 5"), Some(Count { passed: 5, failed: 0 }));
}

#[test]
fn other_lines_count_nothing() {
    let repeated = "    test result: FAILED. 0 passed; 1 failed; 0 ignored";
    let tap = "# Subtest: pass 3";
    for line in [
        repeated,
        tap,
        "  # pass 3",
        "# pass all",
        "running 3 tests",
        "test result of mine",
        "",
        "Summary: 3 passed",
    ] {
        assert_eq!(Count::in_line(line), None, "{line}");
    }
}

#[test]
fn a_runner_that_dies_without_a_total_counts_as_a_failure() {
    let mut command = Command::new("sh");
    command.args(["-c", "exit 3"]);

    let error = run(command).err().unwrap();

    assert_eq!(error.downcast_ref::<Failed>().unwrap().count, Count { passed: 0, failed: 1 });
}
