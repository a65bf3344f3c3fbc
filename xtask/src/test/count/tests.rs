use super::*;

#[test]
fn both_runners_totals_are_read() {
    let cargo = "test result: FAILED. 26 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out";
    let nextest = "     Summary [   1.200s] 31 tests run: 28 passed (1 slow), 2 failed, 1 timed out, 4 skipped";

    assert_eq!(Count::in_line(cargo), Some(Count { passed: 26, failed: 2 }));
    assert_eq!(Count::in_line(nextest), Some(Count { passed: 28, failed: 3 }));
}

#[test]
fn other_lines_count_nothing() {
    let repeated = "    test result: FAILED. 0 passed; 1 failed; 0 ignored";
    for line in [repeated, "running 3 tests", "test result of mine", "", "Summary: 3 passed"] {
        assert_eq!(Count::in_line(line), None, "{line}");
    }
}

#[test]
fn a_runner_that_dies_without_a_total_counts_as_a_failure() {
    let mut command = Command::new("sh");
    command.args(["-c", "exit 3"]);

    let error = run(command).err().unwrap();

    assert_eq!(error.downcast_ref::<Failed>().unwrap().0, Count { passed: 0, failed: 1 });
}
