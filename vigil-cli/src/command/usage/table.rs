//! The table of `vigil usage`: all figures in full where there is room or nobody's terminal to
//! fit, else as many as the terminal is wide for. A line is never wrapped.

use vigil_proto::{
    figures::short,
    report::{UsageBy, UsageFigures, UsageLine, UsageReport},
};

use crate::terminal::{BOLD, Table, cost, count, plain, shorten};

/// How much a table says, most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Every figure, every digit.
    Full,
    /// Every figure, short.
    Short,
    /// Without what others include.
    Narrow,
    /// All tokens as one, and the cost.
    Least,
}

/// Keys are never longer than this.
const KEY: usize = 60;
/// Nor cut to less than this, however narrow the terminal.
const SHORTEST_KEY: usize = 8;
/// Of a session's title.
const TITLE: usize = 40;

/// The most that fits into `width` columns; without a width everything.
pub(super) fn fitting(report: &UsageReport, width: Option<usize>) -> (String, Form) {
    let Some(width) = width else { return (bold(&table(report, Form::Full, KEY)), Form::Full) };
    for form in [Form::Full, Form::Short, Form::Narrow] {
        let table = table(report, form, KEY);
        if table.width() <= width {
            return (bold(&table), form);
        }
    }
    let whole = table(report, Form::Least, KEY);
    let keys = keys(report, Form::Least);
    let longest = keys.iter().map(|key| key.chars().count()).max().unwrap_or(0);
    let room = longest.saturating_sub(whole.width().saturating_sub(width)).max(SHORTEST_KEY);
    (bold(&table(report, Form::Least, room)), Form::Least)
}

/// The lines, with the first and the last in bold.
fn bold(table: &Table) -> String {
    let text = table.to_string();
    let last = text.lines().count().saturating_sub(1);
    let lines: Vec<String> =
        text.lines()
            .enumerate()
            .map(|(at, line)| {
                if at == 0 || at == last {
                    format!("{BOLD}{line}{BOLD:#}")
                } else {
                    line.to_owned()
                }
            })
            .collect();
    lines.join("\n")
}

fn table(report: &UsageReport, form: Form, longest: usize) -> Table {
    let mut columns = vec![match report.by {
        UsageBy::Session => "SESSION",
        UsageBy::Day => "DAY",
        UsageBy::Week => "WEEK FROM",
        UsageBy::Month => "MONTH",
        UsageBy::Model => "MODEL",
        UsageBy::Client => "CLIENT",
        UsageBy::Project => "PROJECT",
    }];
    columns.extend(match form {
        Form::Full | Form::Short => &[
            ">CALLS",
            ">INPUT",
            ">CACHE READ",
            ">CACHE WRITE",
            ">OUTPUT",
            ">REASONING",
            ">COST",
        ][..],
        Form::Narrow => &[">CALLS", ">INPUT", ">CACHED", ">OUTPUT", ">COST"][..],
        Form::Least => &[">TOKENS", ">COST"][..],
    });
    let tells_session = report.by == UsageBy::Session && matches!(form, Form::Full | Form::Short);
    if tells_session {
        columns.extend(["CLIENT", "TITLE"]);
    }
    let mut table = Table::new(&columns);
    let keys = keys(report, form);
    for (row, key) in report.rows.iter().zip(&keys) {
        let mut cells = vec![cut(key, longest, report.by)];
        cells.extend(figures(&row.figures, form));
        if tells_session {
            cells.extend(session(row));
        }
        table.row(cells);
    }
    let mut cells = vec!["total".to_owned()];
    cells.extend(figures(&report.total, form));
    table.row(cells);
    table
}

fn keys(report: &UsageReport, form: Form) -> Vec<String> {
    let ids: Vec<&str> = report.rows.iter().map(|row| row.key.as_str()).collect();
    let enough = if form == Form::Full { KEY } else { telling(&ids) };
    let name = |key: &str| match (key, report.by) {
        ("", UsageBy::Model) => "(unknown model)".to_owned(),
        ("", UsageBy::Client) => "(unknown client)".to_owned(),
        ("", UsageBy::Project) => "(no folder)".to_owned(),
        ("", _) => "(no session)".to_owned(),
        (id, UsageBy::Session) => id.chars().take(enough).collect(),
        (key, _) => key.to_owned(),
    };
    ids.into_iter().map(name).collect()
}

/// How many characters tell every one of `ids` from all others, as every command that takes an id
/// needs them; not fewer than the shortest key.
fn telling(ids: &[&str]) -> usize {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    let neighbours = sorted.iter().zip(sorted.iter().skip(1));
    let common =
        neighbours.map(|(a, b)| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count());
    common.max().map_or(SHORTEST_KEY, |common| SHORTEST_KEY.max(common + 1))
}

/// At most `longest` characters: of a path its end, of all else the beginning.
fn cut(key: &str, longest: usize, by: UsageBy) -> String {
    if by != UsageBy::Project {
        return shorten(key, longest);
    }
    let safe = plain(key);
    let all = safe.chars().count();
    if all <= longest {
        return safe.into_owned();
    }
    std::iter::once('…').chain(safe.chars().skip(all - longest.saturating_sub(1))).collect()
}

fn figures(of: &UsageFigures, form: Form) -> Vec<String> {
    let cached = of.cache_read.saturating_add(of.cache_write);
    match form {
        Form::Full => vec![
            count(of.calls),
            count(of.input),
            count(of.cache_read),
            count(of.cache_write),
            count(of.output),
            count(of.reasoning),
            cost(of.cost_usd, of.estimated),
        ],
        Form::Short => vec![
            short(of.calls),
            short(of.input),
            short(of.cache_read),
            short(of.cache_write),
            short(of.output),
            short(of.reasoning),
            price(of),
        ],
        Form::Narrow => {
            vec![short(of.calls), short(of.input), short(cached), short(of.output), price(of)]
        }
        Form::Least => {
            let tokens = cached.saturating_add(of.input).saturating_add(of.output);
            vec![short(tokens), price(of)]
        }
    }
}

/// A cost with the short mark of an estimate.
fn price(of: &UsageFigures) -> String {
    let mark = if of.estimated && of.cost_usd > 0.0 { "~" } else { "" };
    format!("{mark}{}", cost(of.cost_usd, false))
}

fn session(row: &UsageLine) -> [String; 2] {
    let Some(session) = &row.session else { return [String::new(), String::new()] };
    let words = session.title.as_ref().or(session.project.as_ref());
    let words = words.map_or_else(String::new, |words| shorten(words.as_str(), TITLE));
    [shorten(&session.client, 16), words]
}

#[cfg(test)]
mod tests;
