use vigil_proto::{
    Masked,
    report::{UsageSession, is_in_project},
};

use super::*;

fn figures_of(n: u64) -> UsageFigures {
    UsageFigures {
        calls: n,
        input: 535_346 * n,
        cache_read: 2_148_527_115 * n,
        cache_write: 34_747_868 * n,
        output: 15_733_946 * n,
        reasoning: 0,
        cost_usd: f64::from(u32::try_from(n).unwrap()) * 1_036.394_907_1,
        estimated: true,
    }
}

fn report(by: UsageBy, keys: &[&str]) -> UsageReport {
    let line = |key: &&str| UsageLine {
        key: Masked::from_scan((*key).to_owned()),
        figures: figures_of(1),
        unpriced: 0,
        session: (by == UsageBy::Session).then(|| UsageSession {
            client: "claude-code".to_owned(),
            title: Some(Masked::literal("mend the till")),
            project: None,
            last: None,
        }),
    };
    UsageReport {
        by,
        rows: keys.iter().map(line).collect(),
        total: figures_of(u64::try_from(keys.len()).unwrap()),
        ..UsageReport::default()
    }
}

/// Without the escapes for bold.
fn plainly(text: &str) -> String {
    text.replace(&BOLD.to_string(), "").replace(&format!("{BOLD:#}"), "")
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap()
}

#[test]
fn whoever_is_no_terminal_gets_every_digit() {
    let (text, form) = fitting(&report(UsageBy::Day, &["2026-03-28", "2026-03-29"]), None);
    let text = plainly(&text);

    assert_eq!(form, Form::Full);
    assert!(text.contains("2\u{202f}148\u{202f}527\u{202f}115"), "{text}");
    assert!(text.contains("$1\u{202f}036.39 estimated"), "{text}");
    assert_eq!(text.lines().count(), 4);
    assert!(text.lines().last().unwrap().starts_with("total"), "{text}");
}

#[test]
fn each_terminal_gets_what_fits_and_no_line_is_wrapped() {
    let project = "/home/dev/work/of/a/long/path/that/goes/on/and/on/shop-api";
    assert!(is_in_project(project, "shop-api"));
    let id = "220f8d1f-e303-47aa-8ede-4e9ca8e5afb3";
    for (by, key) in [
        (UsageBy::Day, "2026-03-28"),
        (UsageBy::Project, project),
        (UsageBy::Session, id),
        (UsageBy::Model, "claude-sonnet-4-5-20250929"),
    ] {
        let report = report(by, &[key, "x"]);
        let mut before = Form::Least;
        for width in [28, 40, 60, 80, 100, 120, 160, 220] {
            let (text, form) = fitting(&report, Some(width));
            let text = plainly(&text);
            assert!(widest(&text) <= width, "{by:?} in {width}:\n{text}");
            // A wider terminal never says less.
            assert!(form as u8 <= before as u8, "{by:?} in {width}: {form:?} after {before:?}");
            before = form;
        }
        assert_eq!(before, Form::Full);
    }
}

#[test]
fn a_narrow_table_marks_estimates_and_keeps_the_end_of_a_path() {
    let report = report(UsageBy::Project, &["/home/dev/work/a-long-name/shop-api"]);

    let (text, form) = fitting(&report, Some(40));
    let text = plainly(&text);

    assert_eq!(form, Form::Least);
    assert!(text.contains("2.2B  ~$1\u{202f}036.39"), "{text}");
    assert!(text.contains("/shop-api ") && text.contains('…'), "{text}");
}

#[test]
fn what_has_no_key_and_what_has_no_price_are_named() {
    let mut unknown = report(UsageBy::Model, &[""]);
    unknown.rows[0].figures.cost_usd = 0.0;

    let (text, _) = fitting(&unknown, Some(200));

    let row = text.lines().nth(1).unwrap();
    assert!(row.starts_with("(unknown model)") && row.ends_with('-'), "{text}");
}

#[test]
fn a_short_id_still_tells_sessions_apart() {
    let ids = ["01a21563-9398-774d", "01a21563-9398-7a11", "01a21563-a001-7000"];

    let (text, form) = fitting(&report(UsageBy::Session, &ids), Some(64));
    let text = plainly(&text);

    assert_eq!(form, Form::Narrow, "{text}");
    for id in ["01a21563-9398-77 ", "01a21563-9398-7a ", "01a21563-a001-70 "] {
        assert!(text.contains(id), "{text}");
    }
}
