//! What a list's text is, by its content; and the text of each form, taken in line by line or document
//! by document. Texts come from anywhere: whatever is no indicator is left out and counted, nothing is
//! believed of names of files.

use std::io::{self, BufRead, Read};

use vigil_proto::intel::IntelForm;

use super::gathered::Gathered;

mod csv;
mod json;
mod osv;
mod place;
mod shared;
mod threatfox;
mod tsv;
mod urlhaus;

#[cfg(test)]
mod tests;

/// A JSON text is taken into memory as a whole, up to this.
const JSON_MAX: u64 = 256 * 1024 * 1024;
/// The longest line that is taken in.
const LINE_MAX: u64 = 64 * 1024;

/// Takes in one text; `named` is for what is told of it, `ecosystem` whose names a list of bare names
/// has. False where it is no form that is known.
///
/// # Errors
/// It cannot be read.
pub(crate) fn take_in(
    text: &mut dyn BufRead,
    named: &str,
    ecosystem: Option<&str>,
    gathered: &mut Gathered,
) -> io::Result<bool> {
    let begin = text.fill_buf()?;
    let begin = String::from_utf8_lossy(begin);
    let begin = begin.trim_start_matches('\u{feff}').trim_start();
    if begin.starts_with(['{', '[']) {
        return documents(text, named, gathered);
    }
    let Some(form) = of_lines(begin) else { return Ok(false) };
    if !gathered.is(form) {
        gathered.skip("other-form", named);
        return Ok(true);
    }
    let mut columns = csv::Columns::default();
    each_line(text, named, gathered, &mut |line, gathered| match form {
        IntelForm::Urlhaus => urlhaus::line(line, &mut columns, gathered),
        IntelForm::Threatfox => threatfox::line(line, &mut columns, gathered),
        IntelForm::Tsv | IntelForm::Osv => tsv::line(line, ecosystem, gathered),
    })?;
    Ok(true)
}

/// What a text that begins so has in its lines.
fn of_lines(begin: &str) -> Option<IntelForm> {
    let is_it = |word: &str| begin.lines().take(40).any(|line| line.contains(word));
    if is_it("ioc_value") || is_it("ThreatFox") {
        Some(IntelForm::Threatfox)
    } else if is_it("url_status") || is_it("URLhaus") {
        Some(IntelForm::Urlhaus)
    } else if begin.lines().take(40).any(tsv::is_line) {
        Some(IntelForm::Tsv)
    } else {
        csv::form_of(begin)
    }
}

fn documents(text: &mut dyn BufRead, named: &str, gathered: &mut Gathered) -> io::Result<bool> {
    let mut bytes = Vec::new();
    if text.take(JSON_MAX + 1).read_to_end(&mut bytes)? as u64 > JSON_MAX {
        gathered.skip("too-large", named);
        return Ok(true);
    }
    json::documents(&bytes, named, gathered)
}

/// What ends too soon takes the place of nothing.
fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it ends in the middle, or is damaged there")
}

/// Calls `each` with every line. One that is too long, or not UTF-8, is left out.
fn each_line(
    text: &mut dyn BufRead,
    named: &str,
    gathered: &mut Gathered,
    each: &mut dyn FnMut(&str, &mut Gathered),
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if text.take(LINE_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.len() as u64 == LINE_MAX && line.last() != Some(&b'\n') {
            gathered.skip("long-line", named);
            skip_line(text)?;
            continue;
        }
        if gathered.may_be_cut && line.last() != Some(&b'\n') {
            return Err(cut());
        }
        match std::str::from_utf8(&line) {
            Ok(line) => {
                let line = line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
                if !line.trim().is_empty() {
                    each(line, gathered);
                }
            }
            Err(_) => gathered.skip("not-text", &String::from_utf8_lossy(&line)),
        }
    }
}

fn skip_line(text: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buffer = text.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = memchr::memchr(b'\n', buffer);
        let len = end.map_or(buffer.len(), |end| end + 1);
        text.consume(len);
        if end.is_some() {
            return Ok(());
        }
    }
}
