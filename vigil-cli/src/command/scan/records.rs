//! The texts of `{"id","text"}` records, one a line.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use serde::Deserialize;

use super::{
    Text, Where,
    input::{LARGEST, LeftOut},
};
use crate::failure::Failure;

#[derive(Deserialize)]
struct Record {
    id: String,
    text: String,
}

/// Gives every record of `path` (`-`: stdin) to `each`.
pub(super) fn each(
    path: &Path,
    left_out: &mut LeftOut,
    each: &mut impl FnMut(Text<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |source| Failure::File { operation: "read", path: path.to_owned(), source };
    let mut reader: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(failed)?))
    };
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if (&mut reader).take(LARGEST).read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        let mut skip = |reason: String| {
            let id = format!("{}:{number}", path.display());
            left_out.skip(Path::new(&id), reason, true);
        };
        if line.len() as u64 == LARGEST && line.last() != Some(&b'\n') {
            skip(format!("longer than {} MiB", LARGEST / (1024 * 1024)));
            reader.skip_until(b'\n').map_err(failed)?;
        } else if !line.trim_ascii().is_empty() {
            match serde_json::from_slice::<Record>(&line) {
                Ok(Record { id, text }) => {
                    each(Text { id: &id, content: text, at: Where::From { bytes: 0, lines: 0 } })?;
                }
                Err(error) => skip(format!("not a record with id and text: {error}")),
            }
        }
    }
    Ok(())
}
