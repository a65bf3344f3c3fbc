//! Whose each folder and file is. A folder that macOS has itself is listed as macOS has it: an
//! installer that takes a package's word for it then changes nothing.

/// Owner, group and mode, the last without the kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    pub uid: u32,
    pub gid: u32,
    pub mode: u32,
}

const ROOT: u32 = 0;
const WHEEL: u32 = 0;
const ADMIN: u32 = 80;

/// The system's own folders that are on the way to ours, as they are on macOS 13 to 15.
pub const SYSTEM: &[(&str, Rights)] = &[
    (".", folder(WHEEL, 0o755)),
    ("./Library", folder(WHEEL, 0o755)),
    ("./Library/Application Support", folder(ADMIN, 0o755)),
    ("./Library/LaunchDaemons", folder(WHEEL, 0o755)),
    ("./Library/PrivilegedHelperTools", folder(WHEEL, 0o1755)),
    ("./private", folder(WHEEL, 0o755)),
    ("./private/etc", folder(WHEEL, 0o755)),
    ("./private/etc/paths.d", folder(WHEEL, 0o755)),
];

/// What is ours is below one of these, or is one of these.
pub const OURS: &[&str] = &[
    "./Library/Application Support/Vigil",
    "./Library/LaunchDaemons/dev.vigil.vigild.plist",
    "./Library/PrivilegedHelperTools/dev.vigil.vigild",
    "./private/etc/paths.d/vigil",
];

const fn folder(gid: u32, mode: u32) -> Rights {
    Rights { uid: ROOT, gid, mode }
}

/// The rights of a path in the package; nothing where it has no business to be.
pub fn of(path: &str, is_folder: bool, is_program: bool) -> Option<Rights> {
    if let Some((_, rights)) = SYSTEM.iter().find(|(system, _)| *system == path) {
        return is_folder.then_some(*rights);
    }
    let is_ours = OURS.iter().any(|ours| {
        path.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let mode = if is_folder || is_program { 0o755 } else { 0o644 };
    is_ours.then_some(Rights { uid: ROOT, gid: WHEEL, mode })
}

#[cfg(test)]
mod tests {
    use super::{Rights, of};

    #[test]
    fn a_folder_of_the_systems_stays_as_it_is() {
        let rights = of("./Library/PrivilegedHelperTools", true, false);
        assert_eq!(rights, Some(Rights { uid: 0, gid: 0, mode: 0o1755 }));
        let rights = of("./Library/Application Support", true, false);
        assert_eq!(rights, Some(Rights { uid: 0, gid: 80, mode: 0o755 }));
    }

    #[test]
    fn what_is_not_below_our_folders_has_no_business_there() {
        for path in [
            "./usr/local/bin/vigil",
            "./usr",
            "./Library/Application Support/Vigilante",
            "./Library/LaunchDaemons/other.plist",
            "./private/etc/passwd",
        ] {
            assert_eq!(of(path, false, true), None, "{path}");
        }
    }

    #[test]
    fn a_file_in_a_system_folders_place_is_refused() {
        assert_eq!(of("./private/etc", false, false), None);
    }
}
