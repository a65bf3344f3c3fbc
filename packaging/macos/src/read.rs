//! The archive's own frame, read without trust in anything it says of itself: sizes before values,
//! and every byte of the file in one place (a signed package could once be changed, because the
//! length of a digest was believed: CVE-2022-42841).

use std::io::{Cursor, Read as _};

use anyhow::{Context as _, Result, bail, ensure};
use apple_xar::{reader::XarReader, table_of_contents::ChecksumType};
use flate2::read::ZlibDecoder;
use ring::signature;
use x509_certificate::CapturedX509Certificate;

const MAGIC: &[u8] = b"xar!";
const HEADER: usize = 28;
/// A table of contents is a few kibibytes.
const TOC_MAX: u64 = 1 << 20;

/// A reader of a package whose frame is sound: its digests are those of what is there.
pub fn framed(package: &[u8]) -> Result<XarReader<Cursor<&[u8]>>> {
    ensure!(package.starts_with(MAGIC), "this is no xar archive");
    let field = |at: usize, size: usize| -> Result<u64> {
        let bytes = package.get(at..at + size).context("the header is cut off")?;
        Ok(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    ensure!(field(4, 2)? == HEADER as u64 && field(6, 2)? == 1, "another kind of header");
    let (packed, whole) = (field(8, 8)?, field(16, 8)?);
    ensure!(packed <= TOC_MAX && whole <= TOC_MAX, "the table of contents is too large");
    let heap_at = HEADER + usize::try_from(packed)?;
    let toc = package.get(HEADER..heap_at).context("the table of contents is cut off")?;
    let mut text = Vec::new();
    ZlibDecoder::new(toc).take(TOC_MAX + 1).read_to_end(&mut text)?;
    ensure!(text.len() as u64 == whole, "the table of contents has another length");
    let heap = package.get(heap_at..).context("there is no heap")?;

    let reader = XarReader::new(Cursor::new(package)).context("the table of contents")?;
    let kind = reader.table_of_contents().checksum.style;
    let (number, size) = match kind {
        ChecksumType::Sha1 => (1, 20),
        ChecksumType::Sha256 => (3, 32),
        ChecksumType::Sha512 => (4, 64),
        _ => bail!("its digests are of a kind that is not to be trusted ({kind})"),
    };
    ensure!(field(24, 4)? == number, "header and table of contents name different digests");
    let claimed = &reader.table_of_contents().checksum;
    ensure!(claimed.offset == 0 && claimed.size == size, "the digest has another length");
    let recorded = heap.get(..usize::try_from(size)?).context("the digest is cut off")?;
    ensure!(kind.digest_data(toc)? == recorded, "the table of contents is not what was digested");

    let mut at = size;
    for signature in reader.table_of_contents().signatures() {
        ensure!(signature.offset == at, "a signature is not where it should be");
        at = at.checked_add(signature.size).context("a signature is too large")?;
    }
    for (path, file) in reader.files()? {
        let Some(data) = file.data else { continue };
        ensure!(data.offset == at, "{path} is not where it should be");
        let end = at.checked_add(data.length).context("a file is too large")?;
        let archived = heap.get(usize::try_from(at)?..usize::try_from(end)?);
        let archived = archived.with_context(|| format!("{path} is cut off"))?;
        let sum = &data.archived_checksum;
        ensure!(hex(&sum.style.digest_data(archived)?) == sum.checksum, "{path} was changed");
        at = end;
    }
    ensure!(heap.len() as u64 == at, "something stands behind the last file");
    Ok(reader)
}

/// Whether the plain signature is that of the first certificate: over the table of contents, by the
/// archive's own kind of digest.
pub fn is_signed(package: &[u8], signature: &[u8], by: &CapturedX509Certificate) -> Result<bool> {
    let packed = package.get(8..16).context("the header is cut off")?;
    let end = HEADER + usize::try_from(u64::from_be_bytes(packed.try_into()?))?;
    let toc = package.get(HEADER..end).context("the table of contents is cut off")?;
    let algorithm = match package.get(24..28) {
        Some([0, 0, 0, 1]) => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        Some([0, 0, 0, 3]) => &signature::RSA_PKCS1_2048_8192_SHA256,
        _ => &signature::RSA_PKCS1_2048_8192_SHA512,
    };
    let key = signature::UnparsedPublicKey::new(algorithm, by.public_key_data());
    Ok(key.verify(toc, signature).is_ok())
}

pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
