use super::Table;

fn table() -> Table {
    let mut table = Table::new(&["NAME", ">CALLS", "TITLE"]);
    table.row(["claude-code".to_owned(), "12".to_owned(), "mend the till".to_owned()]);
    table
}

#[test]
fn a_table_is_as_wide_as_its_longest_line() {
    let longest = table().to_string().lines().map(|line| line.chars().count()).max();
    assert_eq!(longest, Some(table().width()));
}

#[test]
fn columns_are_left_out_until_the_rest_fits_and_no_more() {
    for (width, lines) in [
        (None, "NAME         CALLS  TITLE\nclaude-code     12  mend the till"),
        (Some(33), "NAME         CALLS  TITLE\nclaude-code     12  mend the till"),
        (Some(32), "NAME         TITLE\nclaude-code  mend the till"),
        (Some(25), "NAME\nclaude-code"),
        (Some(1), "NAME\nclaude-code"),
    ] {
        let mut table = table();
        table.fit(width, &[1, 2]);
        assert_eq!(table.to_string(), lines, "{width:?}");
    }
}
