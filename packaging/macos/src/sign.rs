//! Signing. What is signed is the digest of the archive's table of contents, which has a digest of
//! everything else. There are two signatures: an old plain one (RSA, PKCS #1 v1.5), and one that names
//! its signer and time (CMS). The time is given, so that the same package is signed to the same bytes; a
//! time stamp of somebody else's is not asked for.
//!
//! `apple-xar` could sign, but digests the digest once more for the plain one, which other programs do
//! not take.

use std::{
    collections::HashMap,
    fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use apple_xar::{
    reader::XarReader,
    table_of_contents::{Checksum, ChecksumType, File, KeyInfo, Signature, SignatureStyle},
};
use bcder::Oid;
use chrono::DateTime;
use cryptographic_message_syntax::{SignedDataBuilder, SignerBuilder, asn1::rfc5652::OID_ID_DATA};
use flate2::{Compression, write::ZlibEncoder};
use x509_certificate::{
    CapturedX509Certificate, InMemorySigningKeyPair, KeyAlgorithm, Signer as _, asn1time::UtcTime,
};

/// A signature's room is a little larger than a first one was.
const ROOM: usize = 512;

/// What stands before a SHA-1 digest in a plain signature (RFC 8017, section 9.2).
const SHA1: &[u8] =
    &[0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];

/// Who signs.
pub struct Signer {
    key: InMemorySigningKeyPair,
    /// The same, for the program that makes the plain signature.
    key_file: PathBuf,
    /// The signer's own first, then who issued it, and so on.
    chain: Vec<CapturedX509Certificate>,
    time: UtcTime,
}

impl Signer {
    /// Reads certificates (one or more, the signer's own first) and the key (PKCS #8), both as PEM.
    pub fn read(certificates: &Path, key_file: &Path, time: i64) -> Result<Self> {
        let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
        let chain = CapturedX509Certificate::from_pem_multiple(read(certificates)?)
            .with_context(|| format!("{} has no certificates", certificates.display()))?;
        let first = chain.first().context("there is no certificate")?;
        ensure!(
            first.key_algorithm() == Some(KeyAlgorithm::Rsa),
            "the installer's signatures are made with RSA keys; this certificate has another"
        );
        let key = InMemorySigningKeyPair::from_pkcs8_pem(read(key_file)?)
            .with_context(|| format!("{} is no PKCS #8 key", key_file.display()))?;
        let probe = key.try_sign(b"probe")?;
        first
            .verify_signed_data(b"probe", probe.as_ref())
            .context("the key is not that of the first certificate")?;
        let time = DateTime::from_timestamp(time, 0).context("there is no such time")?;
        Ok(Self { key, key_file: key_file.to_owned(), chain, time: time.into() })
    }

    /// The package with its signature in it.
    pub fn sign(&self, unsigned: Vec<u8>) -> Result<Vec<u8>> {
        let mut reader = XarReader::new(Cursor::new(unsigned))?;
        let kind = reader.table_of_contents().checksum.style;
        let blank = kind.digest_data(b"")?;
        let digest_size = blank.len() as u64;
        ensure!(matches!(kind, ChecksumType::Sha1), "the archive's digests are of another kind");
        let rsa_size = self.plain(&blank)?.len() as u64;
        let cms_size = self.cms(blank)?.len() + ROOM;

        let mut toc = reader.table_of_contents().clone();
        toc.checksum = Checksum { style: kind, offset: 0, size: digest_size };
        let key_info = || KeyInfo::from_certificates(self.chain.iter());
        let rsa = Signature {
            style: SignatureStyle::Rsa,
            offset: digest_size,
            size: rsa_size,
            key_info: key_info()?,
        };
        let cms = Signature {
            style: SignatureStyle::Cms,
            offset: rsa.offset + rsa.size,
            size: cms_size as u64,
            key_info: key_info()?,
        };
        let mut at = cms.offset + cms.size;
        toc.signature = Some(rsa);
        toc.x_signature = Some(cms);

        let files = reader.files()?;
        let mut moved = HashMap::new();
        for (_, file) in &files {
            if let Some(data) = &file.data {
                moved.insert(file.id, at);
                at += data.length;
            }
        }
        toc.visit_files_mut(&|file: &mut File| {
            if let (Some(data), Some(at)) = (&mut file.data, moved.get(&file.id)) {
                data.offset = *at;
            }
        });

        let table = toc.to_xml()?;
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
        packer.write_all(&table)?;
        let compressed = packer.finish()?;
        let digest = kind.digest_data(&compressed)?;
        let rsa = self.plain(&digest)?;
        ensure!(rsa.len() as u64 == rsa_size, "the plain signature has another length");
        let mut cms = self.cms(digest.clone())?;
        ensure!(cms.len() <= cms_size, "the signature has no room");
        cms.resize(cms_size, 0);

        let mut signed = Vec::new();
        let header = reader.header();
        signed.extend(header.magic.to_be_bytes());
        signed.extend(header.size.to_be_bytes());
        signed.extend(header.version.to_be_bytes());
        signed.extend((compressed.len() as u64).to_be_bytes());
        signed.extend((table.len() as u64).to_be_bytes());
        signed.extend(header.checksum_algorithm_id.to_be_bytes());
        for part in [&compressed, &digest, &rsa, &cms] {
            signed.extend(part);
        }
        for (_, file) in &files {
            if file.data.is_some() {
                reader.write_file_data_heap_from_file(file, &mut signed)?;
            }
        }
        Ok(signed)
    }

    /// The signature that a digest has by RSA alone. No crate that is needed anyway makes one.
    fn plain(&self, digest: &[u8]) -> Result<Vec<u8>> {
        let mut input = tempfile::NamedTempFile::new().context("make a file")?;
        input.write_all(&[SHA1, digest].concat())?;
        let mut sign = Command::new("openssl");
        sign.args(["pkeyutl", "-sign", "-pkeyopt", "rsa_padding_mode:pkcs1", "-inkey"]);
        sign.arg(&self.key_file).arg("-in").arg(input.path());
        let output = sign.output().context("cannot start openssl")?;
        let words = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "openssl does not sign: {}", words.trim());
        Ok(output.stdout)
    }

    fn cms(&self, digest: Vec<u8>) -> Result<Vec<u8>> {
        let (first, others) = self.chain.split_first().context("there is no certificate")?;
        let signer = SignerBuilder::new(&self.key, first.clone()).message_id_content(digest);
        let message = SignedDataBuilder::default()
            // As the packages of Apple's own tools have it.
            .content_type(Oid(OID_ID_DATA.as_ref().into()))
            .signing_time(self.time.clone())
            .signer(signer)
            .certificates(others.iter().cloned());
        Ok(message.build_der()?)
    }
}
