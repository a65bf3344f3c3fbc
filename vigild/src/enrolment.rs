//! The file that says who may change something: one uid a line, `admin` after an administrator's.
//! It is read anew for each request, and believed only while nobody but its owner can change it.

use std::path::Path;

use vigil_platform::sealed::{self, SealedError};
use vigil_proto::rpc::{Enrolment, Uid};

/// More than a thousand users.
const MOST: usize = 16 * 1024;

/// Why nobody is enrolled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrolmentError {
    #[error("the enrolment file is not believed")]
    Sealed(#[from] SealedError),
    #[error("line {0} of the enrolment file is not `UID` or `UID admin`; mend or remove it")]
    Line(usize),
}

/// How `uid` stands in the file at `path`, which has to be `owner`'s. Without a file nobody does.
///
/// # Errors
/// The file is not believed, or cannot be read as a whole: then nobody is enrolled.
pub(crate) fn of(path: &Path, owner: u32, uid: Uid) -> Result<Enrolment, EnrolmentError> {
    let bytes = sealed::read(path, owner, MOST)?;
    parse(&bytes.unwrap_or_default(), uid)
}

fn parse(bytes: &[u8], uid: Uid) -> Result<Enrolment, EnrolmentError> {
    let mut found = Enrolment::Stranger;
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = str::from_utf8(line).map_err(|_| EnrolmentError::Line(at + 1))?;
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let Some(number) = words.next() else { continue };
        // No `+1000`, no `01000`: one spelling, as everywhere.
        let enrolled = number.parse().ok().filter(|parsed: &u32| parsed.to_string() == number);
        let enrolled = enrolled.and_then(|number| Uid::new(number).ok());
        let standing = match (words.next(), words.next()) {
            (None, None) => Enrolment::Enrolled,
            (Some("admin"), None) => Enrolment::Administrator,
            _ => return Err(EnrolmentError::Line(at + 1)),
        };
        if enrolled.ok_or(EnrolmentError::Line(at + 1))? == uid {
            found = found.max(standing);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use vigil_proto::rpc::{Enrolment, Uid};

    use super::{EnrolmentError, parse};

    fn standing(text: &str, uid: u32) -> Result<Enrolment, EnrolmentError> {
        parse(text.as_bytes(), Uid::new(uid).unwrap())
    }

    #[test]
    fn a_line_enrols_one_uid() {
        let text = "# written by the installer\n1000\n\n 1001 admin # the owner\n";

        assert_eq!(standing(text, 1000).unwrap(), Enrolment::Enrolled);
        assert_eq!(standing(text, 1001).unwrap(), Enrolment::Administrator);
        assert_eq!(standing(text, 1002).unwrap(), Enrolment::Stranger);
        assert_eq!(standing("", 0).unwrap(), Enrolment::Stranger);
    }

    #[test]
    fn a_line_that_is_not_understood_enrols_nobody() {
        for text in ["1000\n+1001", "1000\n01001", "1000\nroot", "1000\n1001 administrator"] {
            assert!(matches!(standing(text, 1000), Err(EnrolmentError::Line(2))), "{text}");
        }
        assert!(standing("1000 admin admin", 1000).is_err());
        assert!(standing("4294967295", 1000).is_err());
        assert!(parse(b"1000\n\xff", Uid::new(1000).unwrap()).is_err());
    }
}
