//! Records of JSON, one a line, as `check-package` and `check-install` take them.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use serde::de::DeserializeOwned;

use super::Outcome;
use crate::failure::{Exit, Failure};

/// Gives every record of `path` (`-`: stdin) to `each`, or why it is none. `with` names what a
/// record holds; one of more than `longest` bytes is none.
pub(super) fn each<T: DeserializeOwned>(
    path: &Path,
    longest: u64,
    with: &str,
    each: &mut impl FnMut(Result<T, String>) -> Result<(), Failure>,
) -> Outcome {
    let failed = |source| Failure::File { operation: "read", path: path.to_owned(), source };
    let mut reader: Box<dyn BufRead> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(failed)?))
    };
    let mut exit = Exit::Ok;
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if (&mut reader).take(longest).read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        if line.len() as u64 == longest && line.last() != Some(&b'\n') {
            reader.skip_until(b'\n').map_err(failed)?;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let asked = serde_json::from_slice(&line).map_err(|error| {
            exit = Exit::Failed;
            format!("line {number} is not a record with {with}: {error}")
        });
        each(asked)?;
    }
    Ok(exit)
}
