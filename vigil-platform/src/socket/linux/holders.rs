//! Who holds a socket: a walk over the open files of processes, bounded.

use std::{collections::BTreeSet, io, mem::MaybeUninit, ops::ControlFlow};

use rustix::{
    fs::{Mode, OFlags, RawDir},
    io::Errno,
};

use super::super::{Among, HOLDERS, Holders};
use crate::process::imp::{each_process, folder::Folder};

/// Looks at no more open files than this in one walk.
const FILES: usize = 1_000_000;
/// `socket:[` and at most 20 digits and `]`.
const LINK: usize = 32;

pub(crate) fn pids_of(inodes: &[u64], of: Option<u32>) -> io::Result<Holders> {
    let mut walk = Walk {
        wanted: inodes.iter().copied().filter(|inode| *inode != 0).collect(),
        found: Holders { complete: true, ..Holders::default() },
        files_left: FILES,
    };
    if walk.wanted.is_empty() {
        return Ok(walk.found);
    }
    each_process(0, |pid| {
        if let Err(error) = walk.look_at(pid, of) {
            // What has ended holds nothing any more.
            let is_gone = matches!(Errno::from_io_error(&error), Some(Errno::NOENT | Errno::SRCH));
            walk.found.complete &= is_gone;
        }
        if walk.files_left == 0 {
            walk.found.complete = false;
        }
        if walk.files_left == 0 || walk.wanted.is_empty() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(walk.found)
}

pub(crate) fn among(inodes: &[u64], pids: &[u32]) -> Among {
    let mut walk = Walk {
        wanted: inodes.iter().copied().filter(|inode| *inode != 0).collect(),
        found: Holders::default(),
        files_left: FILES,
    };
    let mut closed = Vec::new();
    for pid in pids {
        if walk.wanted.is_empty() || walk.files_left == 0 {
            break;
        }
        if let Err(error) = walk.look_at(*pid, None)
            && matches!(Errno::from_io_error(&error), Some(Errno::ACCESS | Errno::PERM))
        {
            closed.push(*pid);
        }
        // One holder of each is enough.
        walk.wanted.retain(|inode| !walk.found.pids.contains_key(inode));
    }
    let pids = walk.found.pids.into_iter();
    Among {
        pids: pids.filter_map(|(inode, pids)| Some((inode, *pids.first()?))).collect(),
        closed,
        complete: walk.files_left > 0,
    }
}

struct Walk {
    /// Those that do not have all their holders yet.
    wanted: BTreeSet<u64>,
    found: Holders,
    files_left: usize,
}

impl Walk {
    fn look_at(&mut self, pid: u32, of: Option<u32>) -> io::Result<()> {
        let folder = Folder::open(pid)?;
        if let Some(of) = of
            && folder.users()?.0 != of
        {
            return Ok(());
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let files = rustix::fs::openat(&folder, c"fd", flags, Mode::empty())?;
        let mut buffer = [const { MaybeUninit::uninit() }; 8192];
        let mut entries = RawDir::new(&files, &mut buffer);
        while let Some(entry) = entries.next() {
            let Some(left) = self.files_left.checked_sub(1) else {
                break;
            };
            self.files_left = left;
            let mut link = [const { MaybeUninit::<u8>::uninit() }; LINK];
            let Ok((target, _)) = rustix::fs::readlinkat_raw(&files, entry?.file_name(), &mut link)
            else {
                continue;
            };
            if let Some(inode) = inode_in(target).filter(|inode| self.wanted.contains(inode)) {
                self.note(inode, pid);
            }
        }
        Ok(())
    }

    fn note(&mut self, inode: u64, pid: u32) {
        let pids = self.found.pids.entry(inode).or_default();
        // One process may hold a socket several times.
        if pids.last() != Some(&pid) {
            pids.push(pid);
        }
        if pids.len() >= HOLDERS {
            self.wanted.remove(&inode);
        }
    }
}

/// `socket:[NUMBER]`
fn inode_in(link: &[u8]) -> Option<u64> {
    let digits = link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
