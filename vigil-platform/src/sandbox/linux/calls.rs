//! The system calls that each part may make. A call that is not on its list does not exist for it
//! (`ENOSYS`, so that a C library falls back to an older one); one that only an intruder would try
//! ends the process.

use std::{collections::BTreeMap, io};

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

use super::super::Part;

/// A call, and what its arguments must be like.
type Allowed = (libc::c_long, Vec<SeccompCondition>);

/// Memory, threads, time, signals and what the standard library does by itself.
const ALWAYS: &[libc::c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_geteuid,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_read,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_uname,
    libc::SYS_write,
    libc::SYS_writev,
];

const SOCKETS: &[libc::c_long] = &[
    libc::SYS_getpeername,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_ppoll,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
];

const LOOKING_AT_FILES: &[libc::c_long] = &[
    libc::SYS_fstat,
    libc::SYS_getdents64,
    libc::SYS_newfstatat,
    libc::SYS_pread64,
    libc::SYS_readlinkat,
    libc::SYS_statx,
];

/// What C libraries still call where newer calls exist as well.
#[cfg(target_arch = "x86_64")]
const OLD: &[libc::c_long] = &[libc::SYS_poll, libc::SYS_readlink, libc::SYS_stat];
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[libc::c_long] = &[];

/// A socket can be bound and connected only if it was made, and only netlink's can.
const READER: &[libc::c_long] =
    &[libc::SYS_accept4, libc::SYS_bind, libc::SYS_connect, libc::SYS_eventfd2];

/// Only a netlink socket can be connected, as with the reader.
const MUTATOR: &[libc::c_long] = &[
    libc::SYS_connect,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_openat,
    libc::SYS_pwrite64,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
];

const STARTER: &[libc::c_long] = &[
    libc::SYS_kill,
    libc::SYS_pidfd_send_signal,
    libc::SYS_ppoll,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_wait4,
    libc::SYS_waitid,
];

/// Nothing here ever makes these: whoever does has taken the process over.
const DEADLY: &[libc::c_long] = &[
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_capset,
    libc::SYS_chroot,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_finit_module,
    libc::SYS_init_module,
    libc::SYS_io_uring_setup,
    libc::SYS_kcmp,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_memfd_create,
    libc::SYS_mount,
    libc::SYS_open_by_handle_at,
    libc::SYS_perf_event_open,
    libc::SYS_personality,
    libc::SYS_pidfd_getfd,
    libc::SYS_pivot_root,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_request_key,
    libc::SYS_setns,
    libc::SYS_setresuid,
    libc::SYS_setuid,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
];

/// What programs do that are started on purpose.
const PROGRAMS: &[libc::c_long] = &[libc::SYS_execve, libc::SYS_execveat, libc::SYS_memfd_create];

/// `O_TMPFILE` without the `O_DIRECTORY` that is part of it.
const TMPFILE: libc::c_int = libc::O_TMPFILE & !libc::O_DIRECTORY;

/// True: this kernel filters, and does so from now on.
pub(super) fn filter(part: Part<'_>) -> io::Result<bool> {
    let mut allowed = conditional()?;
    let lists: &[&[libc::c_long]] = match part {
        Part::Helper { .. } => return for_the_helper(),
        Part::Starter => &[ALWAYS, STARTER],
        Part::Reader => &[ALWAYS, SOCKETS, LOOKING_AT_FILES, OLD, READER],
        Part::Mutator { .. } => &[ALWAYS, SOCKETS, LOOKING_AT_FILES, OLD, MUTATOR],
    };
    for call in lists.iter().copied().flatten() {
        allowed.push((*call, Vec::new()));
    }
    match part {
        Part::Reader => allowed.extend(for_the_reader()?),
        // Asking who listens on a port, and nothing else.
        Part::Mutator { .. } => {
            allowed.push((libc::SYS_socket, netlink(libc::NETLINK_SOCK_DIAG)?));
        }
        Part::Starter | Part::Helper { .. } => {}
    }
    let no_such_call = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let deadly = DEADLY.iter().map(|call| (*call, Vec::new())).collect();
    // The stricter of both decides. The second filter is the one that can no longer be added after
    // the first, which does not know the call that adds filters.
    let deadly = program(deadly, SeccompAction::Allow, SeccompAction::KillProcess)?;
    let allowed = program(allowed, no_such_call, SeccompAction::Allow)?;
    seccompiler::apply_filter(&deadly).map_err(io::Error::other)?;
    seccompiler::apply_filter(&allowed).map_err(io::Error::other)?;
    Ok(true)
}

/// What programs of others call is not known call by call. What none of them has a reason for is,
/// and that they reach no network and nobody else's socket: the service manager, asked by root, would
/// start anything.
fn for_the_helper() -> io::Result<bool> {
    let deadly = DEADLY.iter().filter(|call| !PROGRAMS.contains(call));
    let deadly = deadly.map(|call| (*call, Vec::new())).collect();
    let netlink = u64::from(libc::AF_NETLINK.cast_unsigned());
    let elsewhere = vec![condition(0, Len::Dword, Op::Ne, netlink)?];
    let no_such_family = SeccompAction::Errno(libc::EAFNOSUPPORT.unsigned_abs());
    let sockets = vec![(libc::SYS_socket, elsewhere)];
    let sockets = program(sockets, SeccompAction::Allow, no_such_family)?;
    let deadly = program(deadly, SeccompAction::Allow, SeccompAction::KillProcess)?;
    seccompiler::apply_filter(&sockets).map_err(io::Error::other)?;
    seccompiler::apply_filter(&deadly).map_err(io::Error::other)?;
    Ok(true)
}

/// Calls that every part may make in one way only.
fn conditional() -> io::Result<Vec<Allowed>> {
    let own = u64::from(std::process::id());
    // Having a copy of a descriptor; asking and saying what becomes of one. A descriptor may also be
    // told to send signals, to whomever: that is not among these.
    let fcntl = [libc::F_DUPFD_CLOEXEC, libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_SETFL];
    let fcntl = fcntl.into_iter().map(|command| Ok((libc::SYS_fcntl, vec![is(1, command)?])));
    let mut allowed = fcntl.collect::<io::Result<Vec<Allowed>>>()?;
    allowed.extend([
        // No memory becomes code.
        (libc::SYS_mmap, vec![masked(2, libc::PROT_EXEC, 0)?]),
        (libc::SYS_mprotect, vec![masked(2, libc::PROT_EXEC, 0)?]),
        // Naming a thread; not being dumpable, asked.
        (libc::SYS_prctl, vec![is(0, libc::PR_SET_NAME)?]),
        // Asking for a limit, not setting one.
        (libc::SYS_prlimit64, vec![condition(2, Len::Qword, Op::Eq, 0)?]),
        // Ending oneself.
        (libc::SYS_tgkill, vec![condition(0, Len::Dword, Op::Eq, own)?]),
    ]);
    Ok(allowed)
}

fn for_the_reader() -> io::Result<Vec<Allowed>> {
    let writes = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND | TMPFILE;
    let thread = libc::CLONE_THREAD | libc::CLONE_VM | libc::CLONE_SIGHAND;
    let apart = libc::CLONE_NEWNS | libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::CLONE_NEWNET;
    Ok(vec![
        (libc::SYS_openat, vec![masked(2, writes, libc::O_RDONLY)?]),
        // Asking the kernel for sockets and for processes by netlink, and for nothing else there:
        // no routes, no packet filter, no network, and no other Unix socket.
        (libc::SYS_socket, netlink(libc::NETLINK_SOCK_DIAG)?),
        (libc::SYS_socket, netlink(libc::NETLINK_CONNECTOR)?),
        // Not waiting for a socket.
        (libc::SYS_ioctl, vec![condition(1, Len::Dword, Op::Eq, libc::FIONBIO)?]),
        // The priority of the thread that asks, of nobody else.
        (libc::SYS_setpriority, vec![is(0, 0)?, is(1, 0)?]),
        (libc::SYS_sched_setscheduler, vec![is(0, 0)?]),
        // A thread, never a process.
        (libc::SYS_clone, vec![masked(0, thread, thread)?, masked(0, apart, 0)?]),
    ])
}

fn netlink(protocol: libc::c_int) -> io::Result<Vec<SeccompCondition>> {
    Ok(vec![is(0, libc::AF_NETLINK)?, is(2, protocol)?])
}

fn is(argument: u8, value: libc::c_int) -> io::Result<SeccompCondition> {
    condition(argument, Len::Dword, Op::Eq, u64::from(value.cast_unsigned()))
}

fn masked(argument: u8, mask: libc::c_int, value: libc::c_int) -> io::Result<SeccompCondition> {
    let mask = u64::from(mask.cast_unsigned());
    condition(argument, Len::Dword, Op::MaskedEq(mask), u64::from(value.cast_unsigned()))
}

fn condition(argument: u8, length: Len, operation: Op, value: u64) -> io::Result<SeccompCondition> {
    SeccompCondition::new(argument, length, operation, value).map_err(io::Error::other)
}

fn program(
    calls: Vec<Allowed>,
    otherwise: SeccompAction,
    matching: SeccompAction,
) -> io::Result<BpfProgram> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for (call, conditions) in calls {
        let of_call = rules.entry(call).or_default();
        if !conditions.is_empty() {
            of_call.push(SeccompRule::new(conditions).map_err(io::Error::other)?);
        }
    }
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(io::Error::other)?;
    let filter = SeccompFilter::new(rules, otherwise, matching, arch).map_err(io::Error::other)?;
    BpfProgram::try_from(filter).map_err(io::Error::other)
}
