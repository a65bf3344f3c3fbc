//! An error with what it came from, in the words that are the same in every log and before a person.

use std::{error::Error, fmt, iter};

/// An error and its causes, on one line.
#[derive(Clone, Copy, Debug)]
pub struct Causes<'a>(pub &'a (dyn Error + 'static));

impl<'a> Causes<'a> {
    fn each(self) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
        iter::successors(Some(self.0), |&error| error.source())
    }

    /// What went wrong, and what to do about it: our messages say that after a semicolon.
    pub fn told(self) -> (String, Option<String>) {
        let mut whats = Vec::new();
        let mut remedy = None;
        for cause in self.each() {
            let text = cause.to_string();
            match text.split_once("; ") {
                Some((what, first)) => {
                    whats.push(what.to_owned());
                    remedy.get_or_insert_with(|| first.to_owned());
                }
                None => whats.push(text),
            }
        }
        (whats.join(": "), remedy)
    }
}

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, cause) in self.each().enumerate() {
            write!(f, "{}{cause}", if n == 0 { "" } else { ": " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::Causes;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read it; mend it")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("it is torn; glue it")]
    struct Inner(#[source] io::Error);

    fn error() -> Outer {
        Outer(Inner(io::Error::other("dust")))
    }

    #[test]
    fn every_cause_is_named() {
        let words = Causes(&error()).to_string();
        assert_eq!(words, "cannot read it; mend it: it is torn; glue it: dust");
    }

    #[test]
    fn the_remedy_is_the_outermost() {
        let (what, remedy) = Causes(&error()).told();
        assert_eq!(what, "cannot read it: it is torn: dust");
        assert_eq!(remedy.unwrap(), "mend it");
    }
}
