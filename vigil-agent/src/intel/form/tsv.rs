//! Names of packages, one a line: `name<TAB>all` where all of it is malicious, `name<TAB>some` where some
//! versions are and it is not said which.

use vigil_detect::intel::Affected;

use super::super::gathered::Gathered;

/// Whether this is such a line.
pub(super) fn is_line(line: &str) -> bool {
    read(line).is_some()
}

fn read(line: &str) -> Option<(&str, Affected)> {
    let mut columns = line.split('\t');
    let name = columns.next().map(str::trim).filter(|name| !name.is_empty())?;
    match columns.next()?.trim() {
        "all" => Some((name, Affected::All)),
        "some" => Some((name, Affected::Some)),
        _ => None,
    }
}

pub(super) fn line(line: &str, ecosystem: Option<&str>, gathered: &mut Gathered) {
    match read(line) {
        Some((name, affected)) => {
            gathered.package(ecosystem.unwrap_or_default(), name, "", &affected);
        }
        None if line.starts_with('#') => {}
        None => gathered.skip("not-a-name", line),
    }
}
