use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::verify;
use crate::{archive::Parts, build, sign::Signer};

/// A small package's folders, and whoever signs it. Keys are made anew each time.
struct Made {
    folder: TempDir,
}

const COMMAND: &str = "root/Library/Application Support/Vigil/bin/vigil";

impl Made {
    fn new() -> Self {
        let made = Self { folder: tempfile::tempdir().unwrap() };
        let program = [&[0xcf, 0xfa, 0xed, 0xfe][..], &0x0100_000c_u32.to_le_bytes()].concat();
        made.write(COMMAND, &program, 0o755);
        made.write("root/private/etc/paths.d/vigil", b"/somewhere\n", 0o600);
        for script in build::SCRIPTS {
            made.write(&format!("scripts/{script}"), b"#!/bin/sh\nexit 0\n", 0o755);
        }
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8], mode: u32) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn package(&self) -> anyhow::Result<Vec<u8>> {
        build::package(&self.path("root"), &self.path("scripts"), "1.2.3")
    }

    /// A certificate and its key, as PEM files, signed by itself or by another of these.
    fn certificate(&self, name: &str, issuer: Option<&str>) -> (PathBuf, PathBuf) {
        let (certificate, key) =
            (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")));
        let mut make = Command::new("openssl");
        make.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
        make.args(["-subj", &format!("/CN={name}")]).arg("-keyout").arg(&key);
        make.arg("-out").arg(&certificate);
        if let Some(issuer) = issuer {
            make.arg("-CA").arg(self.path(&format!("{issuer}.pem")));
            make.arg("-CAkey").arg(self.path(&format!("{issuer}.key")));
        }
        let output = make.output().expect("openssl is here");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (certificate, key)
    }

    fn signed(&self) -> (Vec<u8>, PathBuf) {
        let (certificate, key) = self.certificate("signer", None);
        let signer = Signer::read(&certificate, &key, 1_700_000_000).unwrap();
        (signer.sign(self.package().unwrap()).unwrap(), certificate)
    }
}

fn refusal(package: &[u8], anchor: Option<&Path>) -> String {
    match verify(package, anchor) {
        Ok(report) => panic!("taken: {report}"),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn the_same_folders_and_signer_give_the_same_bytes() {
    let made = Made::new();
    assert_eq!(made.package().unwrap(), made.package().unwrap());
    let (certificate, key) = made.certificate("signer", None);
    let sign = || {
        let signer = Signer::read(&certificate, &key, 1_700_000_000).unwrap();
        signer.sign(made.package().unwrap()).unwrap()
    };
    assert_eq!(sign(), sign());
}

#[test]
fn what_is_read_back_is_what_was_written() {
    let made = Made::new();
    let (package, certificate) = made.signed();
    let report = verify(&package, Some(&certificate)).unwrap();
    report.judge().unwrap();
    let said = report.to_string();
    assert!(said.contains("Vigil 1.2.3 for macOS on arm64"), "{said}");
    assert!(said.contains("the certificate that was asked for"), "{said}");
    // Rights come from the list, not from the folder that it was made of.
    for line in [
        "- 0755 0:0 8 ./Library/Application Support/Vigil/bin/vigil",
        "d 0755 0:80 ./Library/Application Support",
        "- 0644 0:0 11 ./private/etc/paths.d/vigil",
    ] {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert!(said.lines().any(|own| words(own) == words(line)), "{line}\n{said}");
    }
}

/// What was written here is read here by the same idea of what a signature is; openssl has its own.
#[test]
fn another_program_takes_both_signatures() {
    let made = Made::new();
    let (package, certificate) = made.signed();
    let mut reader = crate::read::framed(&package).unwrap();
    let (digest, plain, second) =
        (made.path("digest"), made.path("plain.signature"), made.path("second.signature"));
    fs::write(&digest, reader.checksum().unwrap().1).unwrap();
    let (signature, _) = reader.rsa_signature().unwrap().unwrap();
    fs::write(&plain, signature).unwrap();
    let at = reader.table_of_contents().x_signature.as_ref().unwrap();
    let begins = usize::try_from(reader.heap_start_offset() + at.offset).unwrap();
    fs::write(&second, &package[begins..begins + usize::try_from(at.size).unwrap()]).unwrap();

    let mut verify = Command::new("openssl");
    verify.args(["pkeyutl", "-verify", "-pkeyopt", "digest:sha1", "-certin", "-inkey"]);
    verify.arg(&certificate).arg("-in").arg(&digest).arg("-sigfile").arg(&plain);
    let output = verify.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));

    let mut verify = Command::new("openssl");
    verify.args(["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-in"]);
    verify.arg(&second).arg("-content").arg(&digest).arg("-CAfile").arg(&certificate);
    let output = verify.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout, fs::read(&digest).unwrap());
}

#[test]
fn without_a_signature_it_is_whole_and_not_taken() {
    let report = verify(&Made::new().package().unwrap(), None).unwrap();
    assert!(report.judge().unwrap_err().to_string().contains("nobody signed"));
}

#[test]
fn a_changed_byte_anywhere_is_noticed() {
    let made = Made::new();
    let (package, certificate) = made.signed();
    assert!(verify(&package, Some(&certificate)).is_ok());
    // The second signature has fields of its own that nobody signs, and room behind it.
    let reader = crate::read::framed(&package).unwrap();
    let second = reader.table_of_contents().x_signature.as_ref().unwrap();
    let begins = reader.heap_start_offset() + second.offset;
    let second = usize::try_from(begins).unwrap()..usize::try_from(begins + second.size).unwrap();
    let mut tried = 0;
    for at in (0..package.len()).step_by(7).filter(|at| !second.contains(at)) {
        let mut changed = package.clone();
        changed[at] ^= 0x41;
        assert!(verify(&changed, Some(&certificate)).is_err(), "byte {at} of {}", package.len());
        tried += 1;
    }
    assert!(tried > 100);
}

#[test]
fn a_package_that_is_cut_off_or_longer_is_refused() {
    let (package, _) = Made::new().signed();
    for end in (0..package.len()).step_by(97) {
        assert!(verify(&package[..end], None).is_err(), "cut at {end}");
    }
    let longer = [&package[..], b"more"].concat();
    assert!(refusal(&longer, None).contains("behind the last file"));
}

#[test]
fn whoever_else_signed_is_named() {
    let made = Made::new();
    let (package, _) = made.signed();
    let (other, _) = made.certificate("another", None);
    assert!(refusal(&package, Some(&other)).contains("signed by signer, not by another"));
}

#[test]
fn a_chain_is_followed_to_its_end() {
    let made = Made::new();
    let (root, _) = made.certificate("root", None);
    let (leaf, key) = made.certificate("leaf", Some("root"));
    let chain = made.path("chain.pem");
    let pems = [fs::read(&leaf).unwrap(), fs::read(&root).unwrap()].concat();
    fs::write(&chain, pems).unwrap();
    let signer = Signer::read(&chain, &key, 1_700_000_000).unwrap();
    let package = signer.sign(made.package().unwrap()).unwrap();
    let said = verify(&package, Some(&root)).unwrap().to_string();
    assert!(said.contains("  leaf (") && said.contains("  root ("), "{said}");

    // One that the signer's certificate was not issued by.
    let (stranger, _) = made.certificate("stranger", None);
    let pems = [fs::read(&leaf).unwrap(), fs::read(&stranger).unwrap()].concat();
    fs::write(&chain, pems).unwrap();
    let signer = Signer::read(&chain, &key, 1_700_000_000).unwrap();
    let package = signer.sign(made.package().unwrap()).unwrap();
    assert!(refusal(&package, None).contains("was not issued by"));
}

#[test]
fn a_key_of_somebody_elses_does_not_sign() {
    let made = Made::new();
    let (certificate, _) = made.certificate("signer", None);
    let (_, key) = made.certificate("another", None);
    let refused = Signer::read(&certificate, &key, 0).err().unwrap();
    assert!(format!("{refused:#}").contains("not that of the first certificate"), "{refused:#}");
}

/// What somebody could make whole again after a change, but for the signature.
fn changed(change: impl FnOnce(&mut Parts)) -> String {
    let mut parts = Parts::read(&Made::new().package().unwrap()).unwrap();
    change(&mut parts);
    refusal(&parts.write().unwrap(), None)
}

#[test]
fn a_payload_that_the_bill_of_materials_does_not_list_is_refused() {
    let refused = changed(|parts| {
        let at = parts.payload.windows(8).position(|bytes| bytes.starts_with(b"/some")).unwrap();
        parts.payload[at] = b'.';
    });
    assert!(refused.contains("is another one in the bill of materials"), "{refused}");
}

#[test]
fn rights_that_nothing_of_ours_has_are_refused() {
    let refused = changed(|parts| {
        let set_uid = |mode: u32| mode | 0o4000;
        crate::cpio::give(&mut parts.payload, |entry| {
            let rights = entry.rights();
            let mode = if entry.is_folder() { rights.mode } else { set_uid(rights.mode) };
            Ok(crate::owners::Rights { mode, ..rights })
        })
        .unwrap();
        crate::bom::give(&mut parts.bom, |_, is_folder, mode| {
            let mode = if is_folder { mode } else { set_uid(mode) };
            Ok(crate::owners::Rights { uid: 0, gid: 0, mode })
        })
        .unwrap();
    });
    assert!(refused.contains("bill of materials") || refused.contains("other rights"), "{refused}");
}

#[test]
fn a_script_for_another_shell_is_refused() {
    let made = Made::new();
    made.write("scripts/postinstall", b"#!/bin/zsh\nexit 0\n", 0o755);
    let refused = refusal(&made.package().unwrap(), None);
    assert!(refused.contains("postinstall is not a plain script"), "{refused}");
}

#[test]
fn what_has_no_business_in_it_is_not_packed() {
    let made = Made::new();
    made.write("root/usr/local/bin/vigil", b"#!/bin/sh\n", 0o755);
    let error = format!("{:#}", made.package().unwrap_err());
    assert!(error.contains("./usr has no business") || error.contains("./usr"), "{error}");

    let made = Made::new();
    std::os::unix::fs::symlink("/etc", made.path("root/private/link")).unwrap();
    assert!(made.package().is_err());

    let made = Made::new();
    made.write("scripts/extra", b"#!/bin/sh\n", 0o755);
    assert!(made.package().is_err());
}

#[test]
fn a_program_for_another_system_is_not_packed() {
    let made = Made::new();
    made.write(COMMAND, b"\x7fELF", 0o755);
    let error = format!("{:#}", made.package().unwrap_err());
    assert!(error.contains("bin/vigil is not a program for macOS"), "{error}");
}
