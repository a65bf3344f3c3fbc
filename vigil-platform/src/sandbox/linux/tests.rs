//! A sandbox holds for the rest of a process's life, so each of these runs in a process of its own:
//! this test program, started again with the name of one test.

use std::{
    env, fs,
    os::{fd::AsFd, unix::process::ExitStatusExt},
    path::Path,
    process::{Command, ExitStatus},
};

use rustix::{
    io::Errno,
    net::{AddressFamily, SocketFlags, SocketType, netlink},
};

use super::super::{Held, Part, enter};

/// Which signal a descriptor sends (asm-generic/fcntl.h); the C library's bindings do not have it.
const F_SETSIG: i32 = 10;

const INSIDE: &str = "VIGIL_SANDBOX_TEST";

/// Runs `name` again by itself, where `INSIDE` is set.
fn alone(name: &str, folder: &Path) -> ExitStatus {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .arg(format!("sandbox::imp::tests::{name}"))
        .env(INSIDE, folder)
        .status()
        .unwrap()
}

fn inside() -> Option<std::path::PathBuf> {
    env::var_os(INSIDE).map(Into::into)
}

#[test]
fn the_reader_reads_and_writes_nothing() {
    let Some(folder) = inside() else {
        let folder = tempfile::tempdir().unwrap();
        assert!(alone("the_reader_reads_and_writes_nothing", folder.path()).success());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        return;
    };

    let held = enter(Part::Reader).unwrap();

    assert_eq!(held, Held { rights: true, calls: true, files: false });
    assert!(fs::read("/proc/self/status").is_ok());
    assert!(fs::read_link("/proc/self/exe").is_ok());
    assert!(fs::write(folder.join("new"), b"x").is_err());
    assert!(fs::OpenOptions::new().append(true).open("/dev/null").is_err());
    assert!(fs::remove_file(folder.join("new")).is_err());
    assert!(fs::create_dir(folder.join("dir")).is_err());
    assert!(
        std::net::TcpStream::connect("127.0.0.1:9")
            .is_err_and(|error| { error.raw_os_error() == Some(libc::ENOSYS) })
    );
    // No protocol is the first one: routes.
    let netlink = |protocol| {
        let (family, flags) = (AddressFamily::NETLINK, SocketFlags::CLOEXEC);
        rustix::net::socket_with(family, SocketType::DGRAM, flags, protocol)
    };
    assert!(netlink(Some(netlink::SOCK_DIAG)).is_ok());
    assert_eq!(netlink(None).err(), Some(Errno::NOSYS));
    assert_eq!(netlink(Some(netlink::NETFILTER)).err(), Some(Errno::NOSYS));
    // Threads begin as before.
    std::thread::spawn(|| fs::read("/proc/self/stat").unwrap()).join().unwrap();
}

#[test]
fn the_mutator_writes_below_its_folder_alone() {
    let Some(folder) = inside() else {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("state")).unwrap();
        assert!(alone("the_mutator_writes_below_its_folder_alone", folder.path()).success());
        assert!(folder.path().join("state/new").exists());
        assert!(!folder.path().join("new").exists());
        return;
    };
    let state = fs::File::open(folder.join("state")).unwrap();

    let held = enter(Part::Mutator { state: state.as_fd(), enrolment: None }).unwrap();

    assert!(held.rights && held.calls);
    // Who listens may be asked, and nobody else.
    assert!(crate::socket::listeners(1).is_ok());
    let (family, flags) = (AddressFamily::NETLINK, SocketFlags::CLOEXEC);
    let filter = rustix::net::socket_with(family, SocketType::RAW, flags, Some(netlink::NETFILTER));
    assert_eq!(filter.err(), Some(Errno::NOSYS));
    assert!(
        std::net::TcpStream::connect("127.0.0.1:9")
            .is_err_and(|error| { error.raw_os_error() == Some(libc::ENOSYS) })
    );
    fs::write(folder.join("state/new"), b"x").unwrap();
    if held.files {
        assert!(fs::write(folder.join("new"), b"x").is_err());
        assert!(fs::read("/etc/passwd").is_err());
        assert!(fs::read("/proc/1/environ").is_err());
    } else {
        eprintln!("not shown: this kernel has no Landlock");
    }
}

#[test]
fn no_descriptor_sends_a_signal_in_the_readers_place() {
    let Some(_) = inside() else {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            alone("no_descriptor_sends_a_signal_in_the_readers_place", folder.path()).success()
        );
        return;
    };
    let file = fs::File::open("/dev/null").unwrap();
    let set = |command, value: i32| {
        // SAFETY: two numbers for a descriptor that is open.
        #[expect(unsafe_code, reason = "nobody offers this as a safe call")]
        let answer = unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&file), command, value) };
        if answer < 0 { std::io::Error::last_os_error().raw_os_error() } else { None }
    };
    assert_eq!(set(F_SETSIG, libc::SIGKILL), None, "the kernel offers it to others");

    enter(Part::Reader).unwrap();

    assert_eq!(set(F_SETSIG, libc::SIGKILL), Some(libc::ENOSYS));
    assert_eq!(set(libc::F_SETOWN, 1), Some(libc::ENOSYS));
    // A copy may be had.
    assert!(file.try_clone().is_ok());
}

#[test]
fn starting_a_program_ends_the_process() {
    let Some(_) = inside() else {
        let folder = tempfile::tempdir().unwrap();
        let status = alone("starting_a_program_ends_the_process", folder.path());
        assert_eq!(status.signal(), Some(libc::SIGSYS), "{status}");
        return;
    };

    enter(Part::Reader).unwrap();

    // What `Command` does at its end, without the process before it.
    let _ = std::os::unix::process::CommandExt::exec(&mut Command::new("/bin/true"));
}

#[test]
fn no_right_is_left_but_the_readers() {
    let Some(_) = inside() else {
        let folder = tempfile::tempdir().unwrap();
        assert!(alone("no_right_is_left_but_the_readers", folder.path()).success());
        return;
    };

    enter(Part::Reader).unwrap();

    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let word = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    };
    // CAP_DAC_READ_SEARCH 2, CAP_NET_ADMIN 12, CAP_SYS_PTRACE 19, CAP_SYS_NICE 23 (linux/capability.h).
    let most = 1 << 2 | 1 << 12 | 1 << 19 | 1 << 23 | 1 << 23;
    assert_eq!(word("CapPrm:") & !most, 0);
    assert_eq!(word("CapEff:") & !most, 0);
    assert_eq!(word("CapInh:") | word("CapAmb:"), 0);
    assert!(status.contains("NoNewPrivs:\t1"));
}

/// Whether the kernel can keep signals within a sandbox (6.12).
fn is_scoped() -> bool {
    super::landlock::version().is_some_and(|version| version >= super::landlock::SCOPED)
}

/// As the shell that most of these programs are.
fn shell(script: &str) -> ExitStatus {
    Command::new("/bin/sh").args(["-c", script]).env_clear().status().unwrap()
}

#[test]
fn programs_of_the_helper_write_below_its_folders_alone() {
    let Some(folder) = inside() else {
        // Below `/tmp` they may write anywhere.
        let folder = tempfile::tempdir_in(env::current_exe().unwrap().parent().unwrap()).unwrap();
        fs::create_dir(folder.path().join("store")).unwrap();
        let name = "programs_of_the_helper_write_below_its_folders_alone";
        assert!(alone(name, folder.path()).success());
        return;
    };
    let store = fs::File::open(folder.join("store")).unwrap();

    let held = enter(Part::Helper { writes: &[store.as_fd()] }).unwrap();

    assert!(held.rights && held.calls);
    std::env::set_current_dir(&folder).unwrap();
    let script = "cd store && mkdir d && echo x > d/a && mv d/a b && ln -s b c && rm c && rmdir d \
                  && : > /dev/null && t=$(mktemp -t test.XXXXXX) && rm $t";
    assert!(shell(script).success());
    assert_eq!(fs::read(folder.join("store/b")).unwrap(), b"x\n");
    if held.files {
        for script in
            ["echo x > new", "mkdir new", "ln -s store new", "mv store/b new", "rm -r store"]
        {
            assert!(!shell(&format!("{script} 2> /dev/null")).success(), "{script}");
        }
        assert!(!folder.join("new").exists() && folder.join("store").exists());
    } else {
        eprintln!("not shown: this kernel has no Landlock");
    }
}

#[test]
fn programs_of_the_helper_have_few_rights_and_no_network() {
    let Some(_) = inside() else {
        let folder = tempfile::tempdir().unwrap();
        let name = "programs_of_the_helper_have_few_rights_and_no_network";
        assert!(alone(name, folder.path()).success());
        return;
    };

    enter(Part::Helper { writes: &[] }).unwrap();

    let socket = |family| rustix::net::socket(family, SocketType::DGRAM, None);
    assert_eq!(socket(AddressFamily::INET).err(), Some(Errno::AFNOSUPPORT));
    assert_eq!(socket(AddressFamily::INET6).err(), Some(Errno::AFNOSUPPORT));
    assert_eq!(socket(AddressFamily::PACKET).err(), Some(Errno::AFNOSUPPORT));
    // The service manager and the system's bus do what root asks of them.
    assert_eq!(socket(AddressFamily::UNIX).err(), Some(Errno::AFNOSUPPORT));
    assert!(socket(AddressFamily::NETLINK).is_ok());
    // A program of root's has what the bounding set has: CAP_NET_ADMIN, 12 (linux/capability.h).
    let output = Command::new("/bin/cat").arg("/proc/self/status").output().unwrap();
    let status = String::from_utf8(output.stdout).unwrap();
    let word = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    };
    assert_eq!((word("CapPrm:") | word("CapEff:")) & !(1 << 12), 0);
    assert_eq!(word("CapInh:") | word("CapAmb:"), 0);
    assert!(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"));
    // Its own programs may be ended, and nobody else of root's.
    assert!(shell("sleep 600 & kill $!").success());
    let parent = rustix::process::getppid().unwrap();
    if is_scoped() {
        assert!(
            !shell(&format!("kill -0 {parent} 2> /dev/null", parent = parent.as_raw_nonzero()))
                .success()
        );
    } else {
        eprintln!("not shown: this kernel's Landlock knows nothing of signals");
    }
    // What none of them does ends the one that does it.
    assert_eq!(shell("exec unshare --net true").signal(), Some(libc::SIGSYS));
}
