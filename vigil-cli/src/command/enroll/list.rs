//! The list's text: one uid a line, `admin` after an administrator's. Lines that are not changed stay
//! as they are, comments too.

/// What stands at the top of a list that was begun here.
const HEADER: &str = "# Who may ask vigild for changes: a user's number a line, `admin` after it for who may see \
                      every user's rows. `vigil enroll` writes here.";

/// A list, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    lines: Vec<String>,
}

impl List {
    /// Reads it as the daemon does.
    ///
    /// # Errors
    /// The number of the first line that is not understood, from 1.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, usize> {
        let line_of = |at: usize| bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        let text = str::from_utf8(bytes).map_err(|error| line_of(error.valid_up_to()))?;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        match lines.iter().position(|line| parsed(line).is_err()) {
            Some(at) => Err(at + 1),
            None => Ok(Self { lines }),
        }
    }

    /// Whether this user is on it, and as an administrator.
    pub(super) fn admin(&self, uid: u32) -> Option<bool> {
        let standings = self.users().filter(|(listed, _)| *listed == uid);
        standings.map(|(_, admin)| admin).reduce(|one, other| one || other)
    }

    /// Who is on it.
    pub(super) fn users(&self) -> impl Iterator<Item = (u32, bool)> {
        self.lines.iter().filter_map(|line| parsed(line).ok().flatten())
    }

    /// Puts a user on it; false where the user is there as well or better.
    pub(super) fn add(&mut self, uid: u32, admin: bool, name: &str) -> bool {
        if self.admin(uid).is_some_and(|is_admin| is_admin || !admin) {
            return false;
        }
        self.remove(uid);
        if self.lines.is_empty() {
            self.lines.push(HEADER.to_owned());
        }
        // For who reads the list. A name that is more than a word would be a line of its own.
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        let comment = if is_plain { format!(" # {name}") } else { String::new() };
        self.lines.push(format!("{uid}{}{comment}", if admin { " admin" } else { "" }));
        true
    }

    /// Takes a user off; false where the user is not on it.
    pub(super) fn remove(&mut self, uid: u32) -> bool {
        let before = self.lines.len();
        self.lines.retain(|line| !matches!(parsed(line), Ok(Some((listed, _))) if listed == uid));
        self.lines.len() < before
    }

    /// Whether it says nothing but what was written here.
    pub(super) fn is_bare(&self) -> bool {
        self.lines.iter().all(|line| line == HEADER || line.trim().is_empty())
    }

    /// What is to be written.
    pub(super) fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

/// The user of a line and whether it is an administrator's; none where it is a comment or empty.
fn parsed(line: &str) -> Result<Option<(u32, bool)>, ()> {
    let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
    let Some(number) = words.next() else { return Ok(None) };
    // One spelling, as the daemon has it.
    let uid =
        number.parse::<u32>().ok().filter(|uid| uid.to_string() == number && *uid != u32::MAX);
    let admin = match (words.next(), words.next()) {
        (None, None) => false,
        (Some("admin"), None) => true,
        _ => return Err(()),
    };
    uid.map(|uid| Some((uid, admin))).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::{HEADER, List};

    fn read(text: &str) -> List {
        List::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn what_others_have_written_stays() {
        let text = "# the owner\n1000 admin # mine\n\n 1001\n";
        let mut list = read(text);

        assert!(list.add(1002, false, "carol"));
        assert_eq!(list.text(), format!("{text}1002 # carol\n"));
        assert!(list.remove(1001));
        assert_eq!(list.text(), "# the owner\n1000 admin # mine\n\n1002 # carol\n");
        assert!(list.remove(1002) && !list.remove(1002));
        assert!(!list.is_bare());
    }

    #[test]
    fn a_second_time_changes_nothing() {
        let mut list = List::default();

        assert!(list.add(1000, false, "alice"));
        assert!(!list.add(1000, false, "alice"));
        assert!(list.add(1000, true, "alice"));
        assert!(!list.add(1000, false, "alice"));
        assert_eq!(list.text(), format!("{HEADER}\n1000 admin # alice\n"));
        assert!(list.remove(1000) && list.is_bare());
    }

    #[test]
    fn a_name_never_becomes_a_line() {
        let mut list = List::default();

        list.add(1000, false, "x\n0 admin");

        assert_eq!(list.users().collect::<Vec<_>>(), [(1000, false)]);
    }

    #[test]
    fn what_the_daemon_does_not_understand_is_told() {
        for text in ["1000\n+1", "1000\n01", "1000\nroot", "1000\n1 administrator", "1\n4294967295"]
        {
            assert_eq!(List::read(text.as_bytes()), Err(2), "{text}");
        }
        assert_eq!(List::read(b"1\n2\n\xff"), Err(3));
    }
}
